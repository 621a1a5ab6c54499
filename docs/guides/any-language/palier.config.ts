import { defineSystem } from 'palier';

export default defineSystem({
  name: 'shop',
  services: {
    shop: {
      command: ['python3', 'server.py'],
      health: '/health',
      routes: ['GET /items', 'GET /items/:id', 'POST /orders'],
      replicas: 2,
      allotment: { cpu: 0.5, memoryMb: 128 },
    },
  },
  scenarios: {
    visit: {
      description: 'Forty visitors look around, and some of them buy.',
      stages: [{ rampTo: 40, perSecond: 20 }, { hold: '30s' }, { rampTo: 0, within: '1s' }],
      thinkTime: ['100ms', '500ms'],
      draw: { id: { int: [0, 19] } },
      tasks: {
        look: { weight: 60, steps: [{ request: 'GET /items', check: { json: { 'items.1.price': 3 } } }] },
        open: { weight: 30, steps: [{ request: 'GET /items/{{id}}' }] },
        buy: {
          weight: 10,
          steps: [{ request: 'POST /orders', json: { id: '{{id}}', count: 1 }, check: { status: 201 } }],
        },
      },
      limits: { p95Ms: 200, p99Ms: 500, errorPercent: 0.5, cpuPercent: 90, memoryPercent: 80 },
    },
  },
});
