/**
 * The only script of the report: the values under the pointer. Without it everything else still stands.
 */
export const hoverScript: string = `
for (const frame of document.querySelectorAll('[data-chart]')) {
  const data = JSON.parse(frame.querySelector('script').textContent);
  const plot = frame.querySelector('.plot');
  const line = document.createElement('div');
  const tip = document.createElement('div');
  line.className = 'cursor';
  tip.className = 'tip';
  line.hidden = tip.hidden = true;
  plot.append(line, tip);
  const figure = (v) => Math.abs(v) < 100 ? String(Number(v.toPrecision(3))) : String(Math.round(v));
  const move = (event) => {
    const box = plot.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width;
    let low = 0, high = data.x.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (data.x[middle] < at) low = middle + 1; else high = middle;
    }
    if (low > 0 && at - data.x[low - 1] < data.x[low] - at) low--;
    const known = data.lines.filter((one) => one.values[low] !== null && one.values[low] !== undefined);
    if (known.length === 0) { line.hidden = tip.hidden = true; return; }
    const head = document.createElement('b');
    head.textContent = data.labels[low];
    tip.replaceChildren(head, ...known.slice(0, 12).map((one) => {
      const row = document.createElement('span');
      row.textContent = one.name + ' ' + figure(one.values[low]) + (data.unit === '' || data.unit === '/s' ? data.unit : ' ' + data.unit);
      return row;
    }));
    line.style.left = 100 * data.x[low] + '%';
    tip.style[data.x[low] > 0.5 ? 'right' : 'left'] = 'calc(' + 100 * (data.x[low] > 0.5 ? 1 - data.x[low] : data.x[low]) + '% + 8px)';
    tip.style[data.x[low] > 0.5 ? 'left' : 'right'] = 'auto';
    line.hidden = tip.hidden = false;
  };
  plot.addEventListener('pointermove', move);
  plot.addEventListener('pointerdown', move);
  plot.addEventListener('pointerleave', () => { line.hidden = tip.hidden = true; });
}
`;
