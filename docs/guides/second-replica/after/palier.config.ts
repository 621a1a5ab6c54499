import { defineSystem } from 'palier';
import { visit } from '../scenario.ts';

export default defineSystem({
  name: 'shop-after',
  services: {
    shop: {
      command: ['node', 'shop.ts'],
      env: { STATE_URL: 'sqlite:{{dataDir}}/state.sqlite' },
      health: '/health',
      routes: ['POST /login', 'POST /cart', 'GET /products/:id', 'PUT /products/:id'],
      replicas: 2,
    },
  },
  scenarios: { visit },
});
