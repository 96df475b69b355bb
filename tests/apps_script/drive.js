/* Runs the menu's script in a bare context with stubs of Google's services, over real HTTP. */
'use strict';

const { execFileSync } = require('node:child_process');
const { createHmac, randomUUID } = require('node:crypto');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const [script, commands] = process.argv.slice(2);
const { spreadsheetId, properties, prompts, calls, thrown, answer } = JSON.parse(commands);
const kept = { ...properties };
const shown = { alerts: [], menus: [], sidebars: [], dialogs: [], answers: [], requests: [] };

/* UrlFetchApp is synchronous, so a child of this process does the waiting. */
const ASK = `
  const { url, init } = JSON.parse(process.argv[1]);
  fetch(url, init).then(async (r) => process.stdout.write(JSON.stringify([r.status, await r.text()])));
`;

function fetch(url, options) {
  shown.requests.push({ url, options });
  if (thrown) throw new Error(thrown);
  if (answer) return { getResponseCode: () => answer[0], getContentText: () => answer[1] };
  const headers = { ...options.headers };
  if (options.contentType) headers['Content-Type'] = options.contentType;
  const init = { method: options.method.toUpperCase(), headers, body: options.payload };
  const told = execFileSync(process.execPath, ['-e', ASK, JSON.stringify({ url, init })], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 15000,
  });
  const [status, text] = JSON.parse(told);
  return { getResponseCode: () => status, getContentText: () => text };
}

function menu(title) {
  const entry = { title, items: [] };
  const builder = {
    addItem: (name, call) => (entry.items.push([name, call]), builder),
    addSeparator: () => builder,
    addToUi: () => shown.menus.push(entry),
  };
  return builder;
}

const Button = { OK: 'OK', CANCEL: 'CANCEL' };
const ui = {
  Button,
  ButtonSet: { OK_CANCEL: 'OK_CANCEL' },
  createMenu: menu,
  alert: (text) => shown.alerts.push(text),
  prompt: () => {
    const text = prompts.shift();
    return {
      getSelectedButton: () => (text === null ? Button.CANCEL : Button.OK),
      getResponseText: () => text,
    };
  },
  showSidebar: (page) => shown.sidebars.push(page),
  showModalDialog: (page, title) => shown.dialogs.push({ title, html: page.html }),
};

const context = vm.createContext({
  SpreadsheetApp: { getUi: () => ui, getActive: () => ({ getId: () => spreadsheetId }) },
  PropertiesService: {
    getDocumentProperties: () => ({
      getProperty: (name) => kept[name] ?? null,
      setProperty: (name, value) => (kept[name] = value),
      setProperties: (values) => Object.assign(kept, values),
    }),
  },
  LockService: { getDocumentLock: () => ({ tryLock: () => true, releaseLock: () => {} }) },
  UrlFetchApp: { fetch },
  Utilities: {
    getUuid: randomUUID,
    // Google answers with signed bytes.
    Charset: { UTF_8: 'utf8', US_ASCII: 'ascii' },
    computeHmacSha256Signature: (text, key, charset) => {
      if (charset !== 'utf8') throw new Error('Google would sign with US-ASCII');
      const digest = createHmac('sha256', key).update(text, 'utf8').digest();
      return [...digest].map((b) => (b > 127 ? b - 256 : b));
    },
  },
  HtmlService: {
    createHtmlOutput: (html) => {
      const page = { html, setWidth: () => page, setHeight: () => page };
      return page;
    },
    createTemplateFromFile: (name) => ({
      evaluate() {
        const page = { name, mode: this.mode, setTitle: (title) => ((page.title = title), page) };
        return page;
      },
    }),
  },
});
vm.runInContext(readFileSync(path.resolve(script), 'utf8'), context);
calls.forEach((name) => shown.answers.push(vm.runInContext(`${name}()`, context) ?? null));
process.stdout.write(JSON.stringify({ ...shown, properties: kept }));
