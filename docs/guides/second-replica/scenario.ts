import type { ClosedScenarioFile } from 'palier';

const wrong = { request: 'POST /login', json: { user: 'guest {{guest}}', password: 'a guess' } } as const;
const guess = { ...wrong, check: { status: 401 } };

export const visit: ClosedScenarioFile = {
  description: 'Forty customers log in, fill their carts and watch prices; some guess a password.',
  stages: [{ rampTo: 40, perSecond: 40 }, { hold: '12s' }, { rampTo: 0, within: '1s' }],
  warmUp: '2s',
  thinkTime: ['200ms', '600ms'],
  data: { user: { rows: Array.from({ length: 40 }, (_, n) => ({ name: `customer ${n}`, product: `p${n}` })) } },
  draw: { guest: { int: [1, 1_000_000_000] }, number: { int: [1, 1000] } },
  start: [
    { request: 'POST /login', json: { user: '{{user.name}}', password: 'open sesame' } },
    { request: 'PUT /products/{{user.product}}', json: { price: 'first' }, take: { price: 'price' } },
  ],
  tasks: {
    // Whoever has logged in stays so: a user sends back the cookies that it was given.
    buy: {
      weight: 60,
      steps: [
        {
          request: 'POST /cart',
          json: { book: 'book {{number}}' },
          check: { status: 201, json: { user: '{{user.name}}' } },
        },
      ],
    },
    // A price that was set is the price for everybody.
    watch: {
      weight: 30,
      steps: [
        { request: 'GET /products/{{user.product}}', check: { json: { price: '{{price}}' } } },
        { request: 'PUT /products/{{user.product}}', json: { price: '{{number}} EUR' }, take: { price: 'price' } },
      ],
    },
    // Of six wrong passwords the sixth is one too many.
    guess: { weight: 10, steps: [guess, guess, guess, guess, guess, { ...wrong, check: { status: 429 } }] },
  },
  limits: { p95Ms: 500, errorPercent: 1 },
};
