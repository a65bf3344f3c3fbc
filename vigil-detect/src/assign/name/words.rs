//! The words that names of secrets are made of, and those that make a name speak of something else.

/// Words that may follow the word that matters.
#[rustfmt::skip]
pub(super) const TAILS: &[&str] = &[
    "prod", "production", "live", "staging", "dev", "test", "value", "b64", "base64", "v1", "v2",
    "1", "2", "3", "old", "new", "current", "primary", "secondary", "main", "default", "data",
    "raw", "plain", "plaintext", "cleartext", "str", "string", "env", "root", "base",
];

#[rustfmt::skip]
pub(super) const PASSWORDS: &[&str] = &[
    "password", "passwd", "passwort", "passphrase", "passcode", "pass", "pwd", "pw",
    "userpassword", "dbpassword", "dbpass", "userpass", "adminpassword", "rootpassword",
    "mypassword", "storepass", "keypass", "pgpassword", "sshpass", "psql_pass", "wifi_pass",
    "keyphrase",
];

/// Words that name something a service gave out.
#[rustfmt::skip]
pub(super) const TOKENS: &[&str] = &[
    "apikey", "accesskey", "authkey", "pat", "appkey", "credential", "credentials", "creds",
    "authorization", "authentication",
];

/// Words that name a secret of one's own software.
#[rustfmt::skip]
pub(super) const SECRETS: &[&str] = &[
    "salt", "secretkey", "privatekey", "signingkey", "encryptionkey", "masterkey", "sharedkey",
];

/// What makes a `key` one of one's own software.
#[rustfmt::skip]
pub(super) const SECRET_KEY_OF: &[&str] = &[
    "secret", "auth", "nonce", "private", "encryption", "signing", "jwt", "session", "cookie", "master", "hmac",
    "aes", "shared", "cipher", "crypt", "preshared", "app",
];

/// What makes a `key` a secret.
#[rustfmt::skip]
pub(super) const KEY_OF: &[&str] = &[
    "api", "secret", "access", "private", "encryption", "encrypt", "decryption", "signing",
    "sign", "auth", "app", "application", "account", "storage", "master", "license", "licence",
    "service", "admin", "client", "deploy", "deployment", "session", "cookie", "jwt", "webhook",
    "hmac", "aes", "ssh", "root", "read", "write", "shared", "security", "crypt", "crypto",
    "cipher", "consumer", "integration", "subscription", "ingest", "ingestion", "server",
    "developer", "user", "personal", "preshared", "psk", "management", "functions", "function",
    "host", "instrumentation", "rest", "bearer", "restricted", "project", "team", "org",
    "organization", "bot", "sdk", "rpc", "node", "search", "upload", "write_only", "sas", "vault",
    "age", "pgp", "gpg", "ssl", "tls", "x",
];

/// What makes a `key` one of a table, a store, a keyboard or a pair of keys: no secret.
#[rustfmt::skip]
pub(super) const KEY_NOT: &[&str] = &[
    "add", "aggregation", "alt", "alternate", "and", "answer", "any", "arrow", "artifact",
    "asset", "attribute", "audio", "base", "binding", "blob", "block", "branch", "bucket",
    "build", "bundle", "business", "cache", "cached", "candidate", "channel", "checksum", "child",
    "chunk", "class", "cluster", "cohort", "color", "column", "commit", "component", "composite",
    "config", "content", "context", "control", "correlation", "ctrl", "cursor", "curve", "data",
    "dataset", "date", "dedup", "dedupe", "deduplication", "del", "derived", "dict", "dictionary",
    "digest", "distribution", "dsa", "each", "ecdsa", "ed25519", "element", "enter", "entity",
    "entry", "ephemeral", "escape", "event", "expected", "experiment", "feature", "field", "file",
    "fingerprint", "flag", "font", "for", "foreign", "function", "geo", "get", "group",
    "grouping", "hash", "hashed", "header", "hook", "hot", "icon", "idempotency", "image",
    "index", "int", "integrity", "invocation", "issue", "item", "job", "join", "known", "kv",
    "layer", "list", "locale", "location", "lock", "lookup", "manifest", "map", "memo", "merkle",
    "message", "meta", "metadata", "model", "modifier", "module", "mutex", "natural", "new",
    "object", "old", "one", "ordering", "p256", "package", "page", "pagination", "param",
    "parent", "partition", "peer", "pin", "pipeline", "place", "point", "primary", "prop",
    "property", "publishable", "put", "query", "range", "raw", "react", "record", "region",
    "release", "request", "revision", "room", "route", "routing", "row", "rsa", "run", "same",
    "seed", "segment", "shader", "shard", "shift", "shortcut", "site", "slot", "sort", "sorting",
    "source", "span", "stage", "state", "step", "store", "str", "stream", "style", "super",
    "surrogate", "tab", "target", "task", "temp", "test", "texture", "that", "theme", "thread",
    "tile", "time", "topic", "trace", "track", "translation", "tree", "trusted", "tx", "unique",
    "validator", "variant", "verification", "verify", "verifying", "version", "video",
    "websocket", "widget", "workflow", "x25519", "xpub", "zone",
];

/// Words that declare a name and say nothing of what it holds.
#[rustfmt::skip]
pub(super) const DECLARES: &[&str] = &[
    "let", "const", "var", "val", "static", "mut", "final", "auto", "string", "str", "bytes",
    "byte", "char", "readonly", "export", "my", "our", "local", "def", "dim", "set", "the", "a",
    "an", "this", "your", "is", "return", "with",
];

/// Words that end like `key` and are none.
#[rustfmt::skip]
pub(super) const NO_KEY: &[&str] = &[
    "monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "hotkey", "pubkey", "publickey",
    "mickey", "passkey", "keykey", "cachekey", "rowkey", "sortkey", "fkey", "pkey",
];

/// What a name says at its end when it begins with `token` or `secret` and still means none.
#[rustfmt::skip]
pub(super) const ABOUT: &[&str] = &[
    "id", "ids", "type", "name", "hash", "count", "length", "len", "size", "url", "uri", "arn",
    "ref", "version", "address", "mint", "kind", "path", "index", "key", "symbol", "supply", "owner",
    "contract", "expiry", "expires", "in", "at", "issuer", "endpoint", "digest", "checksum", "sha",
    "signature", "program", "account", "list", "map", "set", "pair", "pool", "text", "string",
    "file", "store", "bucket", "sum", "usage", "limit", "budget", "price", "cost", "stream",
];

/// What makes a `token` no secret.
#[rustfmt::skip]
pub(super) const TOKEN_NOT: &[&str] = &[
    "page", "next", "continuation", "sync", "cursor", "cancellation", "cancel", "max", "eos",
    "bos", "pad", "stop", "special", "mask", "unk", "sep", "cls", "start", "end", "num", "begin",
    "prev", "previous", "first", "last", "csrf", "xsrf", "lookahead", "open", "close", "design",
    "css", "color", "theme", "string", "number", "identifier", "keyword", "comment", "delimiter",
    "bearer_type",
];

/// Words before a secret's word that make the name speak of something else.
#[rustfmt::skip]
pub(super) const NOT_SECRET: &[&str] = &[
    "public", "pub", "no", "hashed", "hash", "encrypted", "sealed", "masked", "forgot", "reset",
    "change", "confirm", "is", "has", "use", "with", "without", "invalid", "wrong", "missing",
    "bad", "show", "hide", "max", "min", "type",
];
