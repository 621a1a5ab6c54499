/**
 * What a user does, step by step: a request, or something over a WebSocket.
 *
 * A list of steps has one WebSocket at a time: `connect` opens it, `send`, `expect` and `hold` need it, `close` or the end of the list
 * closes it. Requests may stand between these.
 */
import type { Duration } from '@palier/base/duration';

export type StepFile = RequestStepFile | ConnectStepFile | SendStepFile | ExpectStepFile | HoldStepFile | CloseStepFile;

/** One request and what is expected of the answer. Every text may hold `{{…}}`. */
export interface RequestStepFile {
  /** Method and path: `GET /releases?page={{page}}`. */
  readonly request: string;
  /** The name in reports. Default: method and path without query, each `{{…}}` shown as `:name`. */
  readonly name?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON body. */
  readonly json?: JsonValue;
  /** A multipart/form-data body: a text, or a file relative to the config file. */
  readonly form?: Readonly<Record<string, string | FormFile>>;
  /** Any other body; give its content-type in the headers. */
  readonly body?: string;
  /** Values to keep for this user's later steps: `{ token: 'access_token' }` takes a path of the JSON answer, `header:NAME` a header. */
  readonly take?: Readonly<Record<string, string>>;
  readonly check?: CheckFile;
}

export interface FormFile {
  /** Relative to the config file; `{{dataDir}}/book.epub` for one that the system's `prepare` makes. */
  readonly file: string;
  readonly filename?: string;
  readonly contentType?: string;
}

export interface CheckFile {
  /** Default: any 2xx. */
  readonly status?: number | readonly number[];
  /** The body contains this text. */
  readonly contains?: string;
  /** The JSON body has these values at these paths: `{ 'user.name': 'ada', 'items.0.id': 7 }`. */
  readonly json?: Readonly<Record<string, JsonValue>>;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Opens a WebSocket (RFC 6455); timed until it is open. */
export interface ConnectStepFile {
  /** The path: `/live?serial={{serial}}`. */
  readonly connect: string;
  /** The name in reports. Default: `WS` and the path without query, each `{{…}}` shown as `:name`. */
  readonly name?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The subprotocols to ask for; the server must choose one of them. */
  readonly protocols?: readonly string[];
}

/** Sends a message. It takes no time, so it counts among the requests only when it goes wrong; what it asks for is timed by an expect. */
export interface SendStepFile {
  /** A text is sent as it is, anything else as JSON. */
  readonly send: JsonValue;
  readonly name?: string;
}

/**
 * Waits for a message like this; timed from the moment at which the step before it was due when that sends, else from its own. Messages
 * that are not like this are passed over; one that is there already counts.
 */
export interface ExpectStepFile {
  /** `{}`: any message. */
  readonly expect: MessageFile;
  /** Default: the scenario's `requestTimeout`. */
  readonly within?: Duration;
  /** Values to keep for this user's later steps: `{ token: 'access_token' }` takes a path of the JSON message. */
  readonly take?: Readonly<Record<string, string>>;
  readonly name?: string;
}

export interface MessageFile {
  /** The message contains this text. */
  readonly contains?: string;
  /** The JSON message has these values at these paths. */
  readonly json?: Readonly<Record<string, JsonValue>>;
}

/** Keeps the WebSocket open and reads nothing; it is an error when the server closes it meanwhile. The time counts as think time. */
export interface HoldStepFile {
  readonly hold: Duration;
  readonly name?: string;
}

export interface CloseStepFile {
  readonly close: true;
}
