import { systemSurroundings } from '@palier/base/surroundings';
import { limitAnswer, openLimiter } from '@palier/kit/limit';
import { Sessions, sessionStore } from '@palier/kit/session';
import { keyOf, openCopies, openKv } from '@palier/kit/state';
import express from 'express';
import session from 'express-session';

declare module 'express-session' {
  interface SessionData {
    user?: string;
    cart?: string[];
  }
}

const around = systemSurroundings();
const kv = await openKv(process.env['STATE_URL'] ?? 'sqlite:state.sqlite', around);
const secret = 'a secret that is thirty-two bytes long, or more';
const sessions = new Sessions(kv, around, { secrets: [secret] });

const app = express();
app.use(express.json());
const store = sessionStore(session, sessions, { userOf: (data: session.SessionData) => data.user });
app.use(session({ secret, resave: false, saveUninitialized: false, store }));

/** Wrong passwords of an account. */
const attempts = openLimiter(kv, around, { name: 'login', limits: { user: { permits: 5, windowMs: 60_000 } } });

app.post('/login', async (request, response) => {
  const { user, password } = request.body as { user: string; password: string };
  const decision = await attempts.take({ user });
  const refusal = limitAnswer(decision);
  if (refusal !== undefined) {
    response.status(refusal.status).set(refusal.fields).send(refusal.body);
  } else if (password === 'open sesame') {
    await attempts.refund(decision); // only what fails counts
    request.session.user = user;
    response.json({ user });
  } else {
    response.status(401).json({ error: 'wrong password' });
  }
});

/** Every device of the user's but this one. */
app.post('/logout-elsewhere', async (request, response) => {
  const { user } = request.session;
  const handle = store.handleOf(request.sessionID);
  response.json({ ended: user === undefined ? 0 : await sessions.endEverywhere(user, { except: { user, handle } }) });
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
const prices = openCopies(kv, around);

app.get('/products/:id', async (request, response) => {
  const price = await prices.get(keyOf('price', request.params.id));
  response.json({ id: request.params.id, price: price?.toString() ?? '10' });
});

app.put('/products/:id', async (request, response) => {
  const { price } = request.body as { price: string };
  await kv.set(keyOf('price', request.params.id), price);
  response.json({ id: request.params.id, price });
});

app.get('/health', (_, response) => {
  response.json({ status: 'ok' });
});

app.listen(Number(process.env['PORT']), '127.0.0.1');
process.once('SIGTERM', () => process.exit());
