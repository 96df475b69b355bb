// Sends chosen or dropped files in parts, and opens what the service understood of the first one.
'use strict';
const zone = document.getElementById('upload');
const says = document.getElementById('upload-state');
const token = zone.dataset.csrf;
const post = async (path, body) => {
  const answer = await fetch(path, { method: 'POST', body, headers: { 'X-CSRFToken': token, Accept: 'application/json' } });
  const json = await answer.json();
  if (!answer.ok) throw new Error(`${json.error.message} ${json.error.hint}`);
  return json;
};
const send = async (file) => {
  const form = new FormData();
  form.append('name', file.name);
  const begun = await post(zone.dataset.path, form);
  for (let at = 0; at < file.size; at += begun.part) {
    says.textContent = `Загружаю «${file.name}»: ${Math.round((100 * at) / file.size)} %`;
    await post(`${begun.path}/parts/${at}`, file.slice(at, at + begun.part));
  }
  return begun.path;
};
const take = async (files) => {
  zone.dataset.busy = 'yes';
  try {
    const paths = [];
    for (const file of files) paths.push([file.name, await send(file)]);
    if (paths.length === 1) { location.assign(paths[0][1]); return; }
    says.textContent = 'Загружено. Откройте каждый файл:';
    for (const [name, path] of paths) {
      const link = document.createElement('a');
      link.href = path;
      link.textContent = name;
      link.className = 'file';
      says.append(document.createElement('br'), link);
    }
  } catch (error) {
    says.textContent = error.message;
    zone.dataset.busy = '';
  }
};
document.getElementById('files').addEventListener('change', (event) => take(event.target.files));
zone.addEventListener('dragover', (event) => { event.preventDefault(); zone.classList.add('over'); });
zone.addEventListener('dragleave', () => zone.classList.remove('over'));
zone.addEventListener('drop', (event) => {
  event.preventDefault();
  zone.classList.remove('over');
  take(event.dataTransfer.files);
});
