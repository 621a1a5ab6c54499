import express from 'express';
import session from 'express-session';

declare module 'express-session' {
  interface SessionData {
    user?: string;
    cart?: string[];
  }
}

const app = express();
app.use(express.json());
app.use(
  session({ secret: 'a secret that is thirty-two bytes long, or more', resave: false, saveUninitialized: false }),
);

/** Wrong passwords of an account in this minute. */
const attempts = new Map<string, number>();
setInterval(() => attempts.clear(), 60_000);

app.post('/login', (request, response) => {
  const { user, password } = request.body as { user: string; password: string };
  const tried = attempts.get(user) ?? 0;
  if (tried >= 5) {
    response.status(429).json({ error: 'too many attempts' });
  } else if (password === 'open sesame') {
    request.session.user = user;
    response.json({ user });
  } else {
    attempts.set(user, tried + 1);
    response.status(401).json({ error: 'wrong password' });
  }
});

app.post('/cart', (request, response) => {
  const { user, cart = [] } = request.session;
  if (user === undefined) {
    response.status(401).json({ error: 'log in' });
    return;
  }
  const { book } = request.body as { book: string };
  request.session.cart = [...cart, book].slice(-20);
  response.status(201).json({ user, cart: request.session.cart });
});

/** Today's prices, which every page shows. */
const prices = new Map<string, string>();

app.get('/products/:id', (request, response) => {
  response.json({ id: request.params.id, price: prices.get(request.params.id) ?? '10' });
});

app.put('/products/:id', (request, response) => {
  const { price } = request.body as { price: string };
  prices.set(request.params.id, price);
  response.json({ id: request.params.id, price });
});

app.get('/health', (_, response) => {
  response.json({ status: 'ok' });
});

app.listen(Number(process.env['PORT']), '127.0.0.1');
process.once('SIGTERM', () => process.exit());
