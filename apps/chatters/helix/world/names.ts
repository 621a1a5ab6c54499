/** What accounts are called: people by taste, series by their stem and a number. */
import { mixed, picked, share } from './chance.ts';

const first = words(
  'amber ashen bitter blue brave broken calm clever cold cosmic crimson dark daring dizzy dusty early electric faded fast fearless fluffy frozen gentle ghostly golden grumpy happy hidden hollow humble icy jolly late lazy little lone lost lucky lunar mad mellow mighty misty neon noble north odd old pale pixel polar proud quiet rapid red restless royal rusty salty shady silent silver sleepy sly small solar south spicy stormy sunny swift tiny toxic vivid wandering wild winter witty young zesty',
);
const second = words(
  'acorn anchor apple arrow badger baker bard beacon bear biscuit blade bishop breeze brook candle canyon captain castle cat cedar cloud comet cookie coyote crane crow dancer dawn deer dragon drifter duck eagle ember engine falcon farmer fern fisher flame fox frog garden ghost giant gull hare harbor hawk hazel heron hunter island ivy jester jungle kettle king kite knight lantern lark leaf lemon lion lizard lynx mage maple marble meadow melon mole moon moose moth mouse muffin nomad oak ocean otter owl panda panther pebble penguin pepper pilot pine pirate planet poet puffin pumpkin queen rabbit raven reef river robin rocket sage sailor salmon scout shadow shark sparrow spider squid star stone storm swan thunder tiger toast turtle viper walrus whale willow wizard wolf wren yak zebra',
);

/** The login of a person, who may have changed it `renamed` times: small letters, digits and underscores, at most 25. */
export function personLogin(person: number, seed: number, renamed: number): string {
  const at = [21, person, renamed] as const;
  const words = `${picked(first, seed, ...at, 1)}${share(seed, ...at, 2) < 0.3 ? '_' : ''}${picked(second, seed, ...at, 3)}`;
  // A login is one person's: the number tells apart who thought of the same words. Some show it as a year, some hide it in letters.
  const own = share(seed, ...at, 4) < 0.5 ? person.toString(36) : String(person);
  return `${words.slice(0, 25 - own.length - 1)}${share(seed, ...at, 5) < 0.4 ? '_' : ''}${own}`;
}

/** The login of the `index`th of a series: `hoss00312`, `hoss_ttv_312`. */
export function seriesLogin(stem: string, index: number, seed: number): string {
  const number = 100 + ((mixed(seed, 31) % 7000) + index * 3);
  return `${stem}${String(number).padStart(5, '0')}`;
}

/** As its owner writes it. */
export function displayed(login: string): string {
  return login.replace(/^[a-z]/, (letter) => letter.toUpperCase());
}

function words(text: string): readonly string[] {
  return text.split(' ');
}
