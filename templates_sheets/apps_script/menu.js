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
  if (!run) return { state: 'none' };
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
 * @property {boolean} [silent] nothing is known of the run: it goes on
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
      'X-Romi-Signature': 'v1=' + hex_(Utilities.computeHmacSha256Signature(text, secret, Utilities.Charset.UTF_8)),
    },
    muteHttpExceptions: true,
    followRedirects: false,
  };
  if (method === 'post') {
    options.contentType = 'application/json';
    options.payload = body;
  }
  let response;
  try {
    response = UrlFetchApp.fetch(address + path, options);
  } catch (error) {
    return denied_(String(error));
  }
  return answered_(response.getResponseCode(), response.getContentText());
}

/**
 * Why Google did not send a request at all, by what its message says, and what to do.
 * @type {[RegExp, string, string][]}
 */
const DENIALS = [
  [
    /authorization|permission|разрешени|авториз/i,
    'Скрипту не разрешено обращаться к сервису.',
    'Нажмите «Аналитика» → «Обновить» ещё раз и отметьте в окне Google все разрешения. Если окна ' +
      'нет, а в браузере открыто несколько аккаунтов Google, оставьте один: тот, которому открыта таблица.',
  ],
  [
    /too many times|quota|limit exceeded|слишком много|квот/i,
    'Google исчерпал суточный запас обращений из ваших таблиц.',
    'Он вернётся завтра. Таблица и без кнопки обновляется сама, раз в час.',
  ],
  [
    /whitelist|allowlist|not permitted|admin|policy|не разрешён|белый список/i,
    'Администратор вашей организации закрыл скриптам этот адрес.',
    'Попросите его разрешить в Google Workspace адрес сервиса из «Аналитика» → «Настроить».',
  ],
  [
    /DNS|invalid argument|bad value|unresolved|некорректн/i,
    'Адреса сервиса нет в интернете.',
    'Проверьте адрес в «Аналитика» → «Настроить»: в нём могла остаться опечатка.',
  ],
  [
    /SSL|certificate|сертификат/i,
    'У сервиса не в порядке сертификат безопасности.',
    'Сообщите об этом тому, кто обслуживает сервис.',
  ],
];

/**
 * @param {string} message
 * @returns {Answer}
 */
function denied_(message) {
  const cause = DENIALS.find(([mark]) => mark.test(message));
  if (cause) return wrong_(cause[1], cause[2]);
  return {
    ...wrong_('Сервис не отвечает.', 'Повторите через минуту; обновление, которое уже идёт, продолжится и без этого окна.'),
    silent: true,
  };
}

/**
 * What came back, in words: whatever is not the service's own answer is somebody else's.
 * @param {number} status
 * @param {string} text
 * @returns {Answer}
 */
function answered_(status, text) {
  let answer = null;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    answer = null;
  }
  if (status < 300 && answer) return answer;
  if (answer && (status === 401 || status === 403)) {
    return wrong_(
      'Секрет клиники не подходит.',
      'Нажмите «Аналитика» → «Настроить» и вставьте секрет ещё раз, целиком и без пробелов.'
    );
  }
  if (status === 429) {
    return wrong_('Нажимали слишком часто.', 'Подождите несколько минут и нажмите ещё раз.');
  }
  if (answer && answer.error && answer.error.hint && status < 500) {
    return wrong_(
      'Сервис не понял меню: скрипт в таблице от другой версии.',
      'Попросите того, кто обслуживает сервис, прислать новый скрипт меню.'
    );
  }
  if (status >= 500) {
    return { ...wrong_('Сервис временно не работает.', 'Повторите через несколько минут.'), silent: true };
  }
  return wrong_(
    'По этому адресу отвечает не сервис аналитики.',
    'Проверьте адрес в «Аналитика» → «Настроить»: нужен тот, который вам прислали, целиком.'
  );
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
