// A clinic's page: follows the run that is going on, and shows what it gave when it has ended.
'use strict';
const progress = document.getElementById('progress');
const isUploading = () => document.getElementById('upload').dataset.busy === 'yes';
const wait = (run) => {
  document.getElementById('stage').textContent = run.stage || 'Жду очереди: обновляются другие таблицы…';
  document.getElementById('bar').value = run.percent;
};
const follow = async () => {
  // A file that is on its way must not be lost to a reload.
  if (isUploading()) return setTimeout(follow, 2000);
  try {
    const answer = await fetch(progress.dataset.state, { headers: { Accept: 'application/json' } });
    const run = answer.ok ? await answer.json() : null;
    if (run && run.state !== 'queued' && run.state !== 'running' && !isUploading()) return location.reload();
    if (run) wait(run);
    if ((answer.status === 401 || answer.status === 403) && !isUploading()) return location.reload();
  } catch {
    // The service is being restarted, or the network is away: it will answer again.
  }
  setTimeout(follow, 2000);
};
if (!progress.hidden) setTimeout(follow, 1000);
