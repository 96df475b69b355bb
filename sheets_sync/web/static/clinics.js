// The page of all clinics: finds one by its name, and looks again while nobody is looking for one.
'use strict';
const find = document.getElementById('find');
if (find) {
  find.addEventListener('input', () => {
    const wanted = find.value.trim().toLowerCase();
    for (const row of document.querySelectorAll('tbody tr')) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    }
  });
}
setInterval(() => { if (!find || !find.value) location.reload(); }, 20000);
