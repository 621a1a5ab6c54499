/** The door of `@palier/base/http1`: strict, incremental reading of HTTP/1.1 messages. README.md tells the rest. */
export { BodyReader, type BodyResult } from './body.ts';
export { Field, type FieldKind } from './field.ts';
export { type Framing, Head, type HeadResult } from './head.ts';
export { type BodyLimits, defaultBodyLimits, defaultHeadLimits, type HeadLimits } from './options.ts';
export { type MalformedReason, malformedReasons } from './reason.ts';
export { RequestParser, type TargetForm } from './request.ts';
export { ResponseParser } from './response.ts';
