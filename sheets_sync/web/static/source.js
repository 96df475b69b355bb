// «Проверить» without leaving the page: secrets that were typed stay in their fields.
'use strict';
const form = document.getElementById('source');
const answers = document.getElementById('answers');
form.addEventListener('submit', async (event) => {
  const button = event.submitter;
  if (!button || button.value !== 'check') return;
  event.preventDefault();
  button.disabled = true;
  answers.textContent = 'Спрашиваю сервис…';
  try {
    const body = new FormData(form);
    body.append('do', 'check');
    const page = await (await fetch(location.href, { method: 'POST', body })).text();
    const found = new DOMParser().parseFromString(page, 'text/html').getElementById('answers');
    answers.replaceChildren(...(found ? found.children : []));
    if (!found) answers.textContent = 'Сервис не ответил. Обновите страницу и повторите.';
  } catch {
    answers.textContent = 'Нет связи с сервисом. Повторите через минуту.';
  }
  button.disabled = false;
  answers.scrollIntoView({ block: 'nearest' });
});
