// @ts-check
/* The menu «Аналитика» of the clinic's spreadsheet: asks the service for a refresh, shows its run. */

const ADDRESS = 'ROMI_ADDRESS';
const SECRET = 'ROMI_SECRET';
const LAST_RUN = 'ROMI_LAST_RUN';

/** Builds the menu; a simple trigger, so it touches nothing that needs consent. */
function onOpen() {
  SpreadsheetApp.getUi()
    .createMenu('Аналитика')
    .addItem('Обновить', 'refresh')
    .addItem('Статус', 'showStatus')
    .addItem('Страница клиники', 'openPage')
    .addItem('Загрузить выгрузку', 'openUpload')
    .addSeparator()
    .addItem('Настроить', 'configure')
    .addToUi();
}

/** «Обновить»: the sidebar asks for a refresh as soon as it opens. */
function refresh() {
  openSidebar_('refresh');
}

/** «Статус»: the sidebar follows the last run. */
function showStatus() {
  openSidebar_('status');
}

/** «Страница клиники»: a link of ten minutes and one use. */
function openPage() {
  openLink_('page', 'Страница клиники');
}

/** «Загрузить выгрузку»: the same, to where files are dropped. */
function openUpload() {
  openLink_('upload', 'Загрузить выгрузку');
}

/** «Настроить»: the service's address and the clinic's secret, kept in this document only. */
function configure() {
  const ui = SpreadsheetApp.getUi();
  const store = PropertiesService.getDocumentProperties();
  const address = ui.prompt(
    'Адрес сервиса',
    'Вставьте адрес, который вам прислали, например https://sync.example.org',
    ui.ButtonSet.OK_CANCEL
  );
  if (address.getSelectedButton() !== ui.Button.OK) return;
  const url = address.getResponseText().trim().replace(/\/+$/, '');
  if (!/^https:\/\/[^\s/]+/.test(url) && !/^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/.test(url)) {
    ui.alert('Адрес должен начинаться с https://. Ничего не изменено.');
    return;
  }
  const secret = ui.prompt(
    'Секрет клиники',
    'Вставьте секрет, который вам прислали. Его увидят те, кто может править эту таблицу.',
    ui.ButtonSet.OK_CANCEL
  );
  if (secret.getSelectedButton() !== ui.Button.OK || !secret.getResponseText().trim()) return;
  store.setProperties({ [ADDRESS]: url, [SECRET]: secret.getResponseText().trim() });
  ui.alert('Готово. Теперь нажмите «Аналитика» → «Обновить».');
}

/**
 * Asks for a refresh; called by the sidebar.
 * @returns {Answer}
 */
function startRefresh() {
  const lock = LockService.getDocumentLock();
  if (!lock.tryLock(3000)) {
    return wrong_('Обновление уже просят из другого окна.', 'Подождите несколько секунд.');
  }
  try {
    const id = SpreadsheetApp.getActive().getId();
    const body = { spreadsheetId: id, action: 'refresh', requestId: Utilities.getUuid() };
    const answer = ask_('post', '/v1/refresh', JSON.stringify(body));
    if (answer.run_id) {
      PropertiesService.getDocumentProperties().setProperty(LAST_RUN, answer.run_id);
    }
    return answer;
  } finally {
    lock.releaseLock();
  }
}

/**
 * How the last run of this document is getting on; called by the sidebar.
 * @returns {Answer}
 */
function followRun() {
  const run = PropertiesService.getDocumentProperties().getProperty(LAST_RUN);
  if (!run) return wrong_('Таблицу ещё не обновляли.', 'Нажмите «Аналитика» → «Обновить».');
  return ask_('get', '/v1/runs/' + encodeURIComponent(run), '');
}

/**
 * @typedef {Object} Answer
 * @property {string} [run_id]
 * @property {string} [path]
 * @property {string} [state]
 * @property {string} [stage]
 * @property {number} [percent]
 * @property {Object<string, number>} [counts]
 * @property {{what: string, good_at: string, stale: boolean}[]} [sources]
 * @property {string} [error]
 * @property {string} [hint]
 */

/**
 * One signed request. Never throws: what went wrong comes back as `error` and `hint`.
 * @param {'get' | 'post'} method
 * @param {string} path
 * @param {string} body
 * @returns {Answer}
 */
function ask_(method, path, body) {
  const store = PropertiesService.getDocumentProperties();
  const address = store.getProperty(ADDRESS);
  const secret = store.getProperty(SECRET);
  if (!address || !secret) {
    return wrong_('Таблица ещё не связана с сервисом.', 'Нажмите «Аналитика» → «Настроить».');
  }
  const timestamp = String(Math.floor(Date.now() / 1000));
  const text = ['v1', timestamp, method.toUpperCase(), path, body].join(':');
  /** @type {GoogleAppsScript.URL_Fetch.URLFetchRequestOptions} */
  const options = {
    method,
    headers: {
      'X-Romi-Timestamp': timestamp,
      'X-Romi-Signature': 'v1=' + hex_(Utilities.computeHmacSha256Signature(text, secret)),
    },
    muteHttpExceptions: true,
    followRedirects: false,
  };
  if (method === 'post') {
    options.contentType = 'application/json';
    options.payload = body;
  }
  try {
    const response = UrlFetchApp.fetch(address + path, options);
    const answer = JSON.parse(response.getContentText());
    if (response.getResponseCode() < 300) return answer;
    return wrong_(answer.error.message, answer.error.hint);
  } catch (error) {
    return wrong_(
      'Сервис не отвечает.',
      'Повторите через минуту; если не поможет, проверьте адрес в «Настроить».'
    );
  }
}

/**
 * Google gives bytes from -128 to 127.
 * @param {number[]} bytes
 * @returns {string}
 */
function hex_(bytes) {
  return bytes.map((byte) => (byte & 0xff).toString(16).padStart(2, '0')).join('');
}

/**
 * @param {string} error
 * @param {string} hint
 * @returns {Answer}
 */
function wrong_(error, hint) {
  return { state: 'failed', error, hint };
}

/**
 * Asks for a link and shows it: a script may not open a tab by itself.
 * @param {'page' | 'upload'} action
 * @param {string} title
 */
function openLink_(action, title) {
  const ui = SpreadsheetApp.getUi();
  const id = SpreadsheetApp.getActive().getId();
  const body = { spreadsheetId: id, action, requestId: Utilities.getUuid() };
  const answer = ask_('post', '/v1/links', JSON.stringify(body));
  if (answer.error || !answer.path) {
    ui.alert([answer.error, answer.hint].filter(Boolean).join(' '));
    return;
  }
  const address = PropertiesService.getDocumentProperties().getProperty(ADDRESS) + answer.path;
  const safe = address.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
  const page = HtmlService.createHtmlOutput(
    '<p style="font:15px Arial,sans-serif"><a href="' + safe + '" target="_blank" rel="noopener"' +
      ' onclick="google.script.host.close()">Открыть страницу</a></p>' +
      '<p style="font:13px Arial,sans-serif;color:#555">Ссылка действует десять минут, один раз.</p>'
  );
  ui.showModalDialog(page.setWidth(320).setHeight(110), title);
}

/** @param {'refresh' | 'status'} mode */
function openSidebar_(mode) {
  const page = HtmlService.createTemplateFromFile('sidebar');
  page.mode = mode;
  SpreadsheetApp.getUi().showSidebar(page.evaluate().setTitle('Аналитика'));
}
