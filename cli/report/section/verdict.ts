/**
 * The verdict: word, sign and colour, why, and what to do next.
 */
import type { ScenarioReport, Verdict } from '@palier/protocol';
import { type Html, html, prose, trusted } from '../html.ts';

const words: Readonly<Record<Verdict, { readonly word: string; readonly meaning: string; readonly sign: string }>> = {
  pass: {
    word: 'Pass',
    meaning: 'Every limit was judged and kept.',
    sign: '<path d="M9 17l5 5L24 11"/>',
  },
  fail: {
    word: 'Fail',
    meaning: 'At least one limit was broken.',
    sign: '<path d="M10 10l12 12M22 10L10 22"/>',
  },
  inconclusive: {
    word: 'Inconclusive',
    meaning: 'Nothing was broken, but not everything is proved.',
    sign: '<path d="M11.5 12.5a4.5 4.5 0 1 1 6 4.2c-1.2.5-1.5 1.2-1.5 2.6M16 23.2v.3"/>',
  },
  invalid: {
    word: 'Invalid',
    meaning: 'The measurement itself cannot be trusted, so it says nothing about the system.',
    sign: '<path d="M16 8v10M16 23v.3"/>',
  },
};

export const verdictWord = (verdict: Verdict): string => words[verdict].word;

/** The sign by itself: a check, a cross, a question mark, an exclamation mark, each in its own shape. */
export function verdictSign(verdict: Verdict): Html {
  const shape = {
    pass: '<circle cx="16" cy="16" r="15"/>',
    fail: '<path d="M10.5 1h11L31 10.5v11L21.5 31h-11L1 21.5v-11z"/>',
    inconclusive: '<rect x="1.5" y="1.5" width="29" height="29" rx="7"/>',
    invalid: '<path d="M16 1l15.5 28H.5z"/>',
  }[verdict];
  return trusted(
    `<svg class="sign" viewBox="0 0 32 32" aria-hidden="true"><g class="shape">${shape}</g><g class="stroke"${verdict === 'invalid' ? ' transform="translate(0 2)"' : ''}>${words[verdict].sign}</g></svg>`,
  );
}

export function verdictBanner(scenario: ScenarioReport): Html {
  const { verdict, bound, reasons, advice } = scenario;
  const { word, meaning } =
    bound === 'lower'
      ? { word: `${words[verdict].word}, a lower bound`, meaning: 'The system is at least as bad as the figures say.' }
      : words[verdict];
  return html`<div class="verdict ${verdict}">
${verdictSign(verdict)}
<div>
<p class="word"><strong>${word}</strong> <span>${meaning}</span></p>
<ul class="reasons">${reasons.map((reason) => html`<li>${prose(reason)}</li>`)}</ul>
${advice.length === 0 ? null : html`<h3>What to do next</h3><ul class="advice">${advice.map((one) => html`<li>${prose(one)}</li>`)}</ul>`}
</div>
</div>`;
}
