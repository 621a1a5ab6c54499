/**
 * Accounts that streamers invite to their chats: moderation, alerts, music. They sit in thousands of channels and are nobody's raid.
 * By their logins, as their operators name them in their documentation.
 */
export const serviceBots: ReadonlySet<string> = new Set([
  'nightbot',
  'moobot',
  'streamelements',
  'streamlabs',
  'soundalerts',
  'wizebot',
  'fossabot',
  'sery_bot',
  'commanderroot',
  'streamcaptainbot',
  'kofistreambot',
  'botrixoficial',
  'pokemoncommunitygame',
  'own3d',
  'creatisbot',
  'frostytoolsdotcom',
  'tangiabot',
  'blerp',
  'restreambot',
  'songlistbot',
]);
