import { defineSystem } from 'palier';
import { visit } from '../scenario.ts';

export default defineSystem({
  name: 'shop-before',
  services: {
    shop: {
      command: ['node', 'shop.ts'],
      health: '/health',
      routes: ['POST /login', 'POST /cart', 'GET /products/:id', 'PUT /products/:id'],
      replicas: 2,
    },
  },
  scenarios: { visit },
});
