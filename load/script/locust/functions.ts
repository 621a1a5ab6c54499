/** The small functions of a Locust script; only those that it uses are written. */
import type { Helper } from './python.ts';

const keywords =
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield None True False self';

/** Names that constants and locals may not have: the script uses them where these are seen. */
export const moduleNames: readonly string[] = [
  ...keywords.split(' '),
  ...'itertools json math random time text value_at json_of same quote expect judge r res number len next max'.split(
    ' ',
  ),
  ...'let_users_finish began begin hold tell gather entry_of hear_numbers take_numbers share_numbers JUDGED HELD RequestStats StatsEntry LIMITS NUMBERS Path HERE URL_SAFE Stages Visitor HttpUser LoadTestShape MasterRunner WorkerRunner between constant'.split(
    ' ',
  ),
  ...'constant_throughput events task abs int str bool dict print isinstance'.split(' '),
  // Nothing would break, but a reader would stumble.
  ...'all any ascii bin bytes callable chr classmethod compile complex dir divmod enumerate eval exec filter float'.split(
    ' ',
  ),
  ...'format frozenset getattr globals hasattr hash help hex id input iter list locals map max memoryview min'.split(
    ' ',
  ),
  ...'object oct open ord pow property range repr reversed round set slice sorted sum super tuple type vars zip'.split(
    ' ',
  ),
];

/** Names that a user's methods and values may not have: Locust's User has them (2.12 to 2.42). */
export const userNames: readonly string[] = [
  ...keywords.split(' '),
  ...'abstract client client_pool_manager context environment fixed_count fullname get_wait_time greenlet group host'.split(
    ' ',
  ),
  ...'logger max_wait min_wait on_start on_stop on_state_change pool_manager rest run scheduler sleep start stop tasks'.split(
    ' ',
  ),
  ...'trigger_stop user_id wait wait_function wait_time weight start_user task'.split(' '),
];

export const functions: Readonly<Record<Exclude<Helper, 'quote'>, string>> = {
  text: `def text(value):
    """A value as it stands in a text: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)`,
  json_of: `def json_of(res):
    """The JSON answer; None when it is none."""
    try:
        return res.json()
    except (TypeError, ValueError):
        return None`,
  value_at: `def value_at(value, path):
    """What stands at a path such as "items.0.id"; None when nothing does."""
    for key in path.split(".") if path else []:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value`,
  same: `def same(a, b):
    return isinstance(a, bool) == isinstance(b, bool) and a == b`,
};
