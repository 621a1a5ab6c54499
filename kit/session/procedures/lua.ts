/** What several Lua forms of `change.ts` begin with; its TypeScript counterparts stand there and in `record.ts`. */
import { recordFormat } from '../stored/record.ts';

/** Answers 0 gone, 1 live, 4 leaving, 5 unknown format, as `words` of `change.ts` has them. */
export const luaShared: string = `
local function phaseIn(bytes)
  if not bytes or bytes == '' then return 0 end
  if string.byte(bytes, 1) ~= ${recordFormat} then return 5 end
  if string.byte(bytes, 2) ~= 0 then return 4 end
  return 1
end
local function phaseOf(key) return phaseIn(redis.call('GETRANGE', key, 0, 1)) end
local function enlist(list, handle, ends)
  if not list then return end
  redis.call('ZREMRANGEBYSCORE', list, '-inf', now())
  redis.call('ZADD', list, ends, handle)
  if redis.call('PEXPIRETIME', list) < ends then redis.call('PEXPIREAT', list, ends) end
end
local function leave(key, list, handle, grace)
  if grace == 0 then
    redis.call('DEL', key)
    if list then redis.call('ZREM', list, handle) end
    return
  end
  local ends = math.min(redis.call('PEXPIRETIME', key), now() + grace)
  redis.call('SETRANGE', key, 1, string.char(1))
  redis.call('PEXPIREAT', key, ends)
  enlist(list, handle, ends)
end
local function changesIn(bytes)
  local order, changes, at = {}, {}, 1
  while at <= #bytes do
    local named = at + string.byte(bytes, at)
    local name = string.sub(bytes, at + 1, named)
    local base, length = struct.unpack('>I4I4', bytes, named + 1)
    at = named + 9
    local value = false
    if length ~= ${0xffff_ffff} then
      value = string.sub(bytes, at, at + length - 1)
      at = at + length
    end
    order[#order + 1] = name
    changes[name] = {base = base, value = value}
  end
  return order, changes
end
local function merge(old, bytes, version)
  local byte, sub, read = string.byte, string.sub, struct.unpack
  local order, changes = changesIn(bytes)
  local parts, conflicts, count = {}, {}, 0
  local kept, at, stop = 19, 20 + byte(old, 19), #old
  while at <= stop do
    local named = at + byte(old, at)
    local wrote, length = read('>I4I4', old, named + 1)
    local change = changes[sub(old, at + 1, named)]
    if change then
      parts[#parts + 1] = sub(old, kept, at - 1)
      kept = named + 9 + length
      change.there = true
      if change.base ~= wrote then conflicts[#conflicts + 1] = sub(old, at + 1, named) end
    else
      count = count + 1
    end
    at = named + 9 + length
  end
  parts[#parts + 1] = sub(old, kept)
  for _, name in ipairs(order) do
    local change = changes[name]
    if change.value then
      if change.base ~= 0 and not change.there then conflicts[#conflicts + 1] = name end
      parts[#parts + 1] = string.char(#name) .. name .. struct.pack('>I4I4', version, #change.value) .. change.value
      count = count + 1
    end
  end
  local body = table.concat(parts)
  return body, 18 + #body, count, conflicts
end
`;
