// The documents of the local API. Made by `cargo xtask types`; do not edit.

/**
 * Whether the daemon can do something.
 */
export type Ability = {
/**
 * It can.
 */
yes: boolean,
/**
 * By what, or why not, in words.
 */
why: string | null, };

/**
 * The agent's part of the status.
 */
export type AgentStatus = {
/**
 * True when it answered.
 */
running: boolean,
/**
 * Its process.
 */
pid: number | null,
/**
 * When it started.
 */
started: Timestamp | null,
/**
 * Its dashboard.
 */
dashboard: string | null,
/**
 * Where clients tell their telemetry; none when they cannot.
 */
telemetry: string | null,
/**
 * When recording was paused, if it is.
 */
paused_since: Timestamp | null,
/**
 * Who started it.
 */
started_by: StartedBy,
/**
 * Whether it starts again by itself, in words; none where that is not known.
 */
kept: string | null, };

/**
 * A call that one side alone told of.
 */
export type AloneCall = {
/**
 * The event.
 */
seq: number,
/**
 * When it happened.
 */
at: Timestamp,
/**
 * A model call or a tool call.
 */
kind: KindName,
/**
 * The model, or the tool.
 */
name: Masked | null,
/**
 * What became of a tool call.
 */
outcome: Outcome | null,
/**
 * Who told of it.
 */
by: Array<Witness>, };

/**
 * `vigil.analytics/1`.
 */
export type Analytics = {
/**
 * What was added up begins here.
 */
from: Timestamp,
/**
 * And ends before this.
 */
to: Timestamp,
/**
 * The time zone of buckets of a day and more.
 */
time_zone: string,
/**
 * Beginnings of the buckets, seconds since the epoch. At most 200.
 */
buckets: Array<number>,
/**
 * Length of a bucket in seconds: 900, 3600, 10800, 86400 or 604800. A day on which the
 * clocks change is an hour shorter or longer.
 */
step: number,
/**
 * The largest series first; the ninth is the sum of all others, with the key `other`.
 */
series: Array<Series>,
/**
 * Everything.
 */
total: UsageFigures,
/**
 * The same length of time before `from`.
 */
before: UsageFigures,
/**
 * By model, the dearest first; at most 100 rows each, like the following.
 */
models: Array<UsageRow>,
/**
 * By client.
 */
clients: Array<UsageRow>,
/**
 * By working directory.
 */
projects: Array<UsageRow>,
/**
 * Tools, the most used first. A filter by model does not reach them.
 */
tools: Array<ToolRow>,
/**
 * When the record begins: the first quarter of an hour with usage.
 */
first: Timestamp | null, };

/**
 * What makes a series.
 */
export type AnalyticsBy = "model" | "client" | "project";

/**
 * What to add up.
 */
export type AnalyticsQuery = {
/**
 * At or after this time; 30 days ago when absent. Rounded down to a quarter of an hour.
 */
from?: Timestamp,
/**
 * Before this time; now when absent.
 */
to?: Timestamp,
/**
 * What makes a series.
 */
by?: AnalyticsBy,
/**
 * Of this client.
 */
client?: string,
/**
 * In this working directory.
 */
project?: string,
/**
 * Of this model.
 */
model?: string, };

/**
 * How the audit chain stands to the last anchor.
 */
export type AnchorState = "unknown" | "none" | "follows" | "ahead" | "differs" | "other-store";

/**
 * The last head of this user's audit chain that the daemon noted.
 */
export type AnchorStatus = {
/**
 * How the store stands to it.
 */
state: AnchorState,
/**
 * How many links of the chain it vouches for; null when none was noted.
 */
count: number | null,
/**
 * Its number among this user's anchors.
 */
number: number | null,
/**
 * When it was noted, where that is known.
 */
at: Timestamp | null, };

/**
 * The calls that one side alone told of, in a session of which both the client and the proxy told.
 */
export type Apart = {
/**
 * In the order of time; at most 200.
 */
calls: Array<AloneCall>,
/**
 * How many there are in all.
 */
total: number,
/**
 * Model calls that the client told of before the first call that the proxy saw.
 */
before: number,
/**
 * Model calls that the client told of after the last call that the proxy saw.
 */
after: number, };

/**
 * The local certificate authority's part of the status.
 */
export type AuthorityStatus = {
/**
 * Whether certificates are signed with it now. Without, listed hosts are led blind.
 */
signs: boolean,
/**
 * Why not, in words.
 */
why: string | null,
/**
 * The SHA-256 of its certificate.
 */
fingerprint: string | null,
/**
 * When it ends.
 */
ends: Timestamp | null,
/**
 * The names that it may sign for.
 */
hosts: Array<string>,
/**
 * The hosts that are to be decrypted, and are not because it may not sign for them.
 */
missing: Array<string>,
/**
 * Why another is to follow it, in words; none while there is no need.
 */
due: string | null,
/**
 * The one that will sign next.
 */
next: NextAuthority | null,
/**
 * The SHA-256 of those that signed before and are trusted still.
 */
former: Array<string>,
/**
 * The command that mends it.
 */
command: string | null, };

/**
 * A browser that is there.
 */
export type BrowserRow = {
/**
 * Its word, such as `firefox`.
 */
browser: string,
/**
 * Its name.
 */
title: string,
/**
 * Whether the extension in it may reach Vigil: it knows how to start it, or is paired.
 */
routed: boolean, };

/**
 * How full the context was at one model call.
 */
export type CallPoint = {
/**
 * The call's event number.
 */
seq: number,
/**
 * When.
 */
at: Timestamp,
/**
 * The model.
 */
model: Masked,
/**
 * The sub-agent's thread as a place in `threads`, from 0; none in the main thread.
 */
thread: number | null,
/**
 * Tokens in the context: input, cached ones included, and output.
 */
context: number,
/**
 * Tokens produced.
 */
output: number,
/**
 * Cost in US dollars; none when it is not known.
 */
cost_usd: number | null,
/**
 * True when the cost was estimated from a price table.
 */
estimated: boolean,
/**
 * From the request's first byte to the answer's last, in milliseconds, where the proxy saw it.
 */
latency_ms: number | null,
/**
 * The model's context window in tokens, where it is known.
 */
window: number | null, };

/**
 * How sure the rule is.
 */
export type Confidence = "low" | "medium" | "high";

/**
 * How many of an application's connections to AI hosts came through the proxy.
 */
export type Coverage = {
/**
 * Connections to AI hosts that are known of, by any method; null when not knowable.
 */
seen: number | null,
/**
 * Connections that came through the proxy and were decrypted.
 */
captured: number | null,
/**
 * Connections that came through the proxy undecrypted.
 */
tunnelled: number | null,
/**
 * Connections that cannot be told apart: of the client's own process, past the proxy, to port
 * 443 of an address that no listed host is known to have.
 */
unknown: number | null,
/**
 * How it was counted: `kernel`, or `none` with no independent count.
 */
method: string,
/**
 * The time it speaks of, such as `24h`.
 */
window: string,
/**
 * captured / (captured + direct), where direct ones went past the proxy to port 443 of an
 * address of a listed host; null when there is neither or it is not knowable.
 */
ratio: number | null, };

/**
 * How the daemon stands towards this user.
 */
export type DaemonState = "unknown" | "absent" | "running" | "not-enrolled" | "refused" | "other-version" | "not-root" | "unreadable" | "silent" | "unreachable";

/**
 * The root daemon's part of the status.
 */
export type DaemonStatus = {
/**
 * How it stands.
 */
state: DaemonState,
/**
 * Since when, as far as the agent knows.
 */
since: Timestamp | null,
/**
 * Why it is not of use, in words.
 */
why: string | null,
/**
 * When the daemon started.
 */
started: Timestamp | null,
/**
 * The user is an administrator.
 */
administrator: boolean,
/**
 * What can be seen of processes, in words.
 */
sees: string,
/**
 * What it can do here: `ca`, `proxy`, `capture`, `sockets`, `watch`. Empty without a daemon.
 */
can: { [key in string]: Ability },
/**
 * What it holds for this user.
 */
leases: Array<LeaseStatus>,
/**
 * The last head that it noted for this user.
 */
anchor: AnchorStatus,
/**
 * True while it is one that was started for tests.
 */
test: boolean, };

/**
 * `vigil.density/1`: how many events happened when.
 */
export type Density = {
/**
 * Beginning of the first bucket, seconds since the epoch.
 */
start: number,
/**
 * Length of a bucket in seconds.
 */
step: number,
/**
 * By kind; all have as many buckets.
 */
rows: Array<DensityRow>, };

/**
 * The events of one kind.
 */
export type DensityRow = {
/**
 * The kind.
 */
kind: KindName,
/**
 * Events in each bucket.
 */
n: Array<number>, };

/**
 * One thing that a value went to.
 */
export type Destination = {
/**
 * What it is.
 */
kind: DestinationKind,
/**
 * Its name.
 */
name: Masked,
/**
 * The host that the proxy saw it go to.
 */
host: Masked | null,
/**
 * True when the value was in what the model wrote, so that its provider has it; false when
 * it was in what was sent there.
 */
written: boolean,
/**
 * True when an independent witness saw it pass; else it follows from what the client notes.
 */
seen: boolean,
/**
 * In how many events.
 */
times: number,
/**
 * When first.
 */
first: Timestamp,
/**
 * When last.
 */
last: Timestamp,
/**
 * The first event that carried it.
 */
event: EventId,
/**
 * That event's number.
 */
seq: number,
/**
 * Vigil's id of its session.
 */
session_key: SessionId | null,
/**
 * The model call that it went with, where one is known.
 */
call: EventId | null, };

/**
 * What a value went to.
 */
export type DestinationKind = "provider" | "host" | "mcp_server" | "tool" | "program" | "file";

/**
 * `vigil.digest/1`: what happened in a stretch of time, for whoever comes back to the desk.
 */
export type Digest = {
/**
 * Begins here.
 */
from: Timestamp,
/**
 * Ends before this.
 */
to: Timestamp,
/**
 * Sessions active in it.
 */
sessions: number,
/**
 * Prompts.
 */
prompts: number,
/**
 * Tool calls.
 */
tool_calls: number,
/**
 * Tool calls that failed.
 */
failed: number,
/**
 * Tool calls that were refused.
 */
denied: number,
/**
 * Usage and cost.
 */
usage: UsageFigures,
/**
 * Findings first seen in it that are open, by severity.
 */
findings: { [key in string]: number },
/**
 * Gaps.
 */
gaps: number,
/**
 * Files whose last writing call was in it.
 */
files_written: number, };

/**
 * How a value came into the record.
 */
export type EntryWay = "prompt" | "file" | "command" | "web" | "mcp" | "tool" | "answer" | "instructions" | "command_line" | "other";

/**
 * One thing that happened; see [`NaturalKey`].
 */
export type EventId = string;

/**
 * One event, a line of `vigil events --jsonl`.
 */
export type EventRow = {
/**
 * Its id.
 */
id: EventId,
/**
 * Its number in the order of commits; grows, never reused.
 */
seq: number,
/**
 * When it happened.
 */
at: Timestamp,
/**
 * When Vigil saw it.
 */
seen_at: Timestamp,
/**
 * Its kind.
 */
kind: KindName,
/**
 * The client.
 */
client: string | null,
/**
 * The client's session id.
 */
session: Masked | null,
/**
 * The sub-agent's thread.
 */
thread: Masked | null,
/**
 * The turn's number within its session, from 1.
 */
turn: number | null,
/**
 * The tool call's id.
 */
tool_call: Masked | null,
/**
 * A name: of the tool, the model, the record.
 */
name: Masked | null,
/**
 * What became of a tool call.
 */
outcome: Outcome | null,
/**
 * Who saw it.
 */
witnesses: Array<string>,
/**
 * The process, as `{pid, started}`.
 */
process: ProcessRef | null,
/**
 * The event that this sighting contradicts.
 */
conflicts_with: EventId | null,
/**
 * The text, when it was asked for.
 */
text: Masked | null,
/**
 * What else the kind has (usage, host, reason, ...).
 */
detail?: { [key in string]: JsonValue }, };

/**
 * `vigil.event/1`. The event's `text` is the piece that begins at `from`.
 */
export type EventView = {
/**
 * The event, with a piece of its text of at most 64 KiB.
 */
event: EventRow,
/**
 * Vigil's id of its session.
 */
session_key: SessionId | null,
/**
 * Length of the whole text in bytes.
 */
bytes: number,
/**
 * Byte at which the piece begins.
 */
from: number,
/**
 * Byte at which the next piece begins; none at the end.
 */
next: number | null,
/**
 * Findings in the piece.
 */
spans: Array<SpanRow>,
/**
 * Where each witness saw it, the first one first.
 */
sightings: Array<SightingRow>,
/**
 * Of a tool call the result's number, of a result the call's.
 */
pair: number | null,
/**
 * The event that tells the same with other content, when there is one.
 */
contradicted_by: EventId | null, };

/**
 * What one witness contributed about one application.
 */
export type Evidence = {
/**
 * Events it saw.
 */
count: number,
/**
 * When it last saw one.
 */
last: Timestamp | null, };

/**
 * The beginning of one event's text.
 */
export type Excerpt = {
/**
 * The event.
 */
seq: number,
/**
 * At most 400 characters, cut between characters and never within a mask. Of a longer tool
 * call its input with the telling arguments first and long strings cut.
 */
text: Masked,
/**
 * Of a tool call: the beginning of its result, at most 200 characters.
 */
result: Masked | null, };

/**
 * `vigil.excerpts/1`: the beginnings of texts, for rows as they scroll into view.
 */
export type Excerpts = {
/**
 * One for each number asked for that still exists; at most 200 can be asked for.
 */
excerpts: Array<Excerpt>, };

/**
 * How a process ended.
 */
export type Exit = { "code": number } | { "signal": number };

/**
 * `vigil.facets/1`: the values that filters can be set to.
 */
export type Facets = {
/**
 * Sessions by client.
 */
clients: { [key in string]: number },
/**
 * Sessions by project, that is by working directory; the most recent 500.
 */
projects: { [key in string]: number },
/**
 * Sessions by the model used last.
 */
models: { [key in string]: number }, };

/**
 * `vigil.timeline/1`.
 */
export type Feed = {
/**
 * Newest first.
 */
events: Array<FeedRow>,
/**
 * Where the next page begins; none at the end. A page may hold fewer rows than asked for,
 * even none, and still have a next one: only so many events are looked at for one answer.
 */
next: string | null, };

/**
 * Which events. Newest first.
 */
export type FeedQuery = {
/**
 * Of these kinds, separated by commas. When absent all but `system`; of processes then only
 * those that no tool call started, and of those that started under one agent in one minute the
 * last.
 */
kinds?: string,
/**
 * Seen by this witness.
 */
witness?: string,
/**
 * Of these outcomes, separated by commas: tool calls and results alone have one.
 */
outcomes?: string,
/**
 * Of this client.
 */
client?: string,
/**
 * Of sessions in this working directory.
 */
project?: string,
/**
 * At or after this time.
 */
from?: Timestamp,
/**
 * Before this time.
 */
to?: Timestamp,
/**
 * Only what comes after this place: a page's `next`, as it was given.
 */
before?: string,
/**
 * At most so many; 200 is the most.
 */
limit?: number, };

/**
 * One event of the feed. Its `text` is the beginning, at most 240 characters; that of a longer
 * tool call is its input with the telling arguments first and long strings cut.
 */
export type FeedRow = {
/**
 * Vigil's id of its session.
 */
session_key: SessionId | null,
/**
 * The session's title.
 */
title: Masked | null,
/**
 * The session's working directory.
 */
project: Masked | null,
/**
 * Further processes that the row stands for: of a tool call those that it started, of a process
 * those that started under its agent in the same minute without a tool call.
 */
processes: number,
/**
 * Findings in it.
 */
findings: number,
/**
 * The worst severity of those that are open.
 */
worst: Severity | null,
/**
 * Its id.
 */
id: EventId,
/**
 * Its number in the order of commits; grows, never reused.
 */
seq: number,
/**
 * When it happened.
 */
at: Timestamp,
/**
 * When Vigil saw it.
 */
seen_at: Timestamp,
/**
 * Its kind.
 */
kind: KindName,
/**
 * The client.
 */
client: string | null,
/**
 * The client's session id.
 */
session: Masked | null,
/**
 * The sub-agent's thread.
 */
thread: Masked | null,
/**
 * The turn's number within its session, from 1.
 */
turn: number | null,
/**
 * The tool call's id.
 */
tool_call: Masked | null,
/**
 * A name: of the tool, the model, the record.
 */
name: Masked | null,
/**
 * What became of a tool call.
 */
outcome: Outcome | null,
/**
 * Who saw it.
 */
witnesses: Array<string>,
/**
 * The process, as `{pid, started}`.
 */
process: ProcessRef | null,
/**
 * The event that this sighting contradicts.
 */
conflicts_with: EventId | null,
/**
 * The text, when it was asked for.
 */
text: Masked | null,
/**
 * What else the kind has (usage, host, reason, ...).
 */
detail?: { [key in string]: JsonValue }, };

/**
 * Which text of an event a span or a mask belongs to.
 */
export type Field = "text" | "input" | "name" | "id" | "path" | "host" | "argv" | "detail";

/**
 * A file that tool calls named.
 */
export type FileRow = {
/**
 * The path as the tool was given it.
 */
path: Masked,
/**
 * Calls that asked to read it.
 */
reads: number,
/**
 * Calls that asked to write it.
 */
writes: number,
/**
 * Sessions whose calls named it.
 */
sessions: number,
/**
 * The session of the last call.
 */
session_key: SessionId | null,
/**
 * That session's client.
 */
client: string | null,
/**
 * The last call's event number.
 */
seq: number,
/**
 * When that was.
 */
last: Timestamp, };

/**
 * A file as a session's tool calls named it.
 */
export type FileUse = {
/**
 * The path as the tool was given it.
 */
path: Masked,
/**
 * Calls that asked to read it.
 */
reads: number,
/**
 * Calls that asked to write it.
 */
writes: number,
/**
 * The last such call's event number.
 */
seq: number,
/**
 * When that was.
 */
at: Timestamp, };

/**
 * One finding (an incident): the same secret seen again has the same id.
 */
export type FindingId = string;

/**
 * `vigil.findings/1`, a page of it.
 */
export type FindingPage = {
/**
 * How many the filter lets through.
 */
total: number,
/**
 * How many were passed over.
 */
offset: number,
/**
 * Worst first, then newest.
 */
findings: Array<FindingRow>,
/**
 * How many there are of each, whatever the filter says: `severity`, `state`, `group`,
 * `rule`, `client`, `project`. All but `state` count what is open.
 */
facets: { [key in string]: { [key in string]: number } }, };

/**
 * One place a finding was seen in.
 */
export type FindingPlace = {
/**
 * The event.
 */
event: EventId,
/**
 * Its number.
 */
seq: number,
/**
 * When it happened.
 */
at: Timestamp,
/**
 * Its kind.
 */
kind: KindName,
/**
 * Name of the tool, the model, the record.
 */
name: Masked | null,
/**
 * Who saw it.
 */
witnesses: Array<string>,
/**
 * Vigil's id of its session.
 */
session_key: SessionId | null,
/**
 * The session's title.
 */
title: Masked | null,
/**
 * The turn's number within the session.
 */
turn: number | null,
/**
 * Where in the event.
 */
span: Span | null,
/**
 * The masked text around it, at most 240 characters.
 */
snippet: Masked | null,
/**
 * The model call that the value went with from here.
 */
sent: SentWith | null, };

/**
 * Which findings. Worst first, then newest.
 */
export type FindingQuery = {
/**
 * Of these severities, separated by commas.
 */
severity?: string,
/**
 * In these states, separated by commas; `open` when absent, `any` for all.
 */
state?: string,
/**
 * Of this group of rules.
 */
group?: string,
/**
 * Of this rule.
 */
rule?: string,
/**
 * Of this client.
 */
client?: string,
/**
 * In this working directory.
 */
project?: string,
/**
 * In this session, by Vigil's id.
 */
session?: SessionId,
/**
 * In the rule, the evidence or the reason.
 */
q?: string,
/**
 * First seen at or after this time.
 */
from?: Timestamp,
/**
 * First seen before this time.
 */
to?: Timestamp,
/**
 * How many to pass over.
 */
offset?: number,
/**
 * At most so many; 200 is the most.
 */
limit?: number, };

/**
 * One finding.
 */
export type FindingRow = {
/**
 * Its id.
 */
id: FindingId,
/**
 * The rule.
 */
rule: string,
/**
 * The rule's group.
 */
group: string,
/**
 * How bad.
 */
severity: Severity,
/**
 * How sure.
 */
confidence: Confidence,
/**
 * When the first event happened.
 */
at: Timestamp,
/**
 * The client of the first event.
 */
client: string | null,
/**
 * The session of the first event.
 */
session: Masked | null,
/**
 * The turn's number within the session.
 */
turn: number | null,
/**
 * The first event.
 */
event: EventId,
/**
 * Where in the event.
 */
span: Span | null,
/**
 * The masked evidence.
 */
masked: Masked,
/**
 * The value's fingerprint, as it stands in its mask; none of what is no value.
 */
fingerprint: string | null,
/**
 * Why it is a finding.
 */
why: Masked,
/**
 * What a person said of it.
 */
state: Triage,
/**
 * Places it was seen in.
 */
sightings: number,
/**
 * Vigil's id of the session.
 */
session_key: SessionId | null,
/**
 * The session's title.
 */
title: Masked | null,
/**
 * The session's working directory.
 */
project: Masked | null,
/**
 * What was said with the state.
 */
note: Masked | null,
/**
 * When a person last said something of it, or when it was seen again after it was resolved.
 */
triaged_at: Timestamp | null,
/**
 * When the latest event that it was seen in happened.
 */
last: Timestamp | null, };

/**
 * `vigil.finding/1`.
 */
export type FindingView = {
/**
 * The row of the list.
 */
finding: FindingRow,
/**
 * The places it was seen in, first to last; at most 50.
 */
places: Array<FindingPlace>,
/**
 * What a person said of it, first to last; at most 100.
 */
history: Array<TriageStep>,
/**
 * The way of the value; none of what is no value, or when nothing of it is on record any more.
 */
lineage: Lineage | null,
/**
 * How to take the value back; none of what is no value.
 */
revocation: Revocation | null,
/**
 * Until when the vault can show its value; none when it does not have it.
 */
sealed: SealedUntil | null, };

/**
 * Connections to one host, one way.
 */
export type FlowRow = {
/**
 * Host as the client named it.
 */
host: Masked,
/**
 * Port.
 */
port: number,
/**
 * The way they went.
 */
way: Way,
/**
 * The client whose processes made them, where known.
 */
client: string | null,
/**
 * The session that made them, where known.
 */
session_key: SessionId | null,
/**
 * Connections.
 */
n: number,
/**
 * Those that were open when they were last seen.
 */
open: number,
/**
 * Bytes from the clients.
 */
sent: number,
/**
 * Bytes to the clients.
 */
received: number,
/**
 * When the last one began.
 */
last: Timestamp,
/**
 * Words about the last one: why it was not decrypted, what went wrong.
 */
detail: Masked | null, };

/**
 * Gaps of the last day: when something was not recorded, or could not be read.
 */
export type Gaps = {
/**
 * How many.
 */
n: number,
/**
 * When the latest was.
 */
last: Timestamp | null,
/**
 * How many, by reason.
 */
by: { [key in string]: number }, };

/**
 * How Vigil stands before a client's commands.
 */
export type Guarded = {
/**
 * How far Vigil goes.
 */
mode: Mode,
/**
 * What is known of its hook.
 */
hook: HookState,
/**
 * When the hook last asked; none while it never did.
 */
last: Timestamp | null,
/**
 * Commands of the last day that it did not ask about, though the client told of them.
 */
silent: number, };

/**
 * How well a site is read, by the extension's counts.
 */
export type Health = {
/**
 * `idle`, `ok`, `drift` or `stale`.
 */
state: string,
/**
 * What changed, when it drifts: `network` or `page`.
 */
drift: string,
/**
 * True when the tap was there before the page's first script.
 */
patched: boolean,
/**
 * Exchanges at the site's endpoints.
 */
matched: number,
/**
 * Exchanges that held something that was said.
 */
parsed: number,
/**
 * Records that were not understood.
 */
unknown: number,
/**
 * Turns that the page showed as the network had them.
 */
agreed: number,
/**
 * Turns that it did not show so.
 */
differed: number,
/**
 * Turns that were read from the page alone.
 */
by_page: number,
/**
 * What was left out, for its size or its number.
 */
dropped: number,
/**
 * Copies that the page's side gave up before anybody looked at them.
 */
unseen: number,
/**
 * Answers that were read to a limit and no further.
 */
too_large: number,
/**
 * Errors of the extension's own.
 */
failed: number,
/**
 * Conversations that the site does not keep, and that were left alone.
 */
temporary: number, };

/**
 * What is known of a client's hook.
 */
export type HookState = "there" | "gone" | "silent";

/**
 * `vigil.installs/1`, a page of it.
 */
export type InstallPage = {
/**
 * How many the filter lets through.
 */
total: number,
/**
 * How many were passed over.
 */
offset: number,
/**
 * Newest first; of one command in its order.
 */
installs: Array<InstallRow>,
/**
 * How many there are of each, whatever the filter says: `severity` (with `none`),
 * `ecosystem`, `client`, `outcome`, `way`.
 */
facets: { [key in string]: { [key in string]: number } }, };

/**
 * Which installs. Newest first.
 */
export type InstallQuery = {
/**
 * At or after this time.
 */
from?: Timestamp,
/**
 * Before this time.
 */
to?: Timestamp,
/**
 * Of this client.
 */
client?: string,
/**
 * Of this package, by its whole name.
 */
package?: string,
/**
 * Of these ecosystems, separated by commas.
 */
ecosystem?: string,
/**
 * In this session, by Vigil's id.
 */
session?: SessionId,
/**
 * Of this tool call or process alone.
 */
event?: EventId,
/**
 * Of these severities, separated by commas; `none` is what nothing speaks against.
 */
severity?: string,
/**
 * With these outcomes, separated by commas.
 */
outcome?: string,
/**
 * Shown in these ways, separated by commas.
 */
way?: string,
/**
 * In the name or the address of the package, the command, or a reason.
 */
q?: string,
/**
 * How many to pass over.
 */
offset?: number,
/**
 * At most so many; 200 is the most.
 */
limit?: number, };

/**
 * One package of one command, file or process.
 */
export type InstallRow = {
/**
 * When it was asked for.
 */
at: Timestamp,
/**
 * The tool call or the process that installs it.
 */
event: EventId,
/**
 * The event's number.
 */
seq: number,
/**
 * The event's kind: `tool_call` or `process`.
 */
kind: KindName,
/**
 * Its place among the packages of the event.
 */
place: number,
/**
 * What shows it.
 */
way: InstallWay,
/**
 * The package.
 */
package: Package<Masked>,
/**
 * What became of the tool call; none of a process.
 */
outcome: Outcome | null,
/**
 * Who saw it.
 */
witnesses: Array<string>,
/**
 * How bad; none where nothing speaks against it.
 */
severity: Severity | null,
/**
 * Why, the weightiest first.
 */
reasons: Array<Reason>,
/**
 * How new what it was judged by is.
 */
judged_by: Timestamp,
/**
 * What was found, the worst first.
 */
findings: Array<FindingId>,
/**
 * The client.
 */
client: string | null,
/**
 * The client's own id of the session.
 */
session: Masked | null,
/**
 * Vigil's id of it.
 */
session_key: SessionId | null,
/**
 * The session's title.
 */
title: Masked | null,
/**
 * The session's working directory.
 */
project: Masked | null,
/**
 * The turn's number within the session.
 */
turn: number | null,
/**
 * Name of the tool.
 */
tool: Masked | null,
/**
 * The command, the file or the command line, at most 400 characters.
 */
command: Masked, };

/**
 * What shows that something was, or was to be, installed.
 */
export type InstallWay = "command" | "manifest" | "process" | "disk";

/**
 * The form of a list.
 */
export type IntelForm = "osv" | "tsv" | "urlhaus" | "threatfox";

/**
 * One list.
 */
export type IntelList = {
/**
 * Its name: what is imported under the same one again takes its place.
 */
name: string,
/**
 * Its form.
 */
form: IntelForm,
/**
 * Where it is from: a file's name, or a host.
 */
origin: string,
/**
 * When it was brought in.
 */
imported: Timestamp,
/**
 * The day of the newest thing in it, such as `2026-11-25`, where it says.
 */
newest: string | null,
/**
 * Indicators that are packages, or versions of them.
 */
packages: number,
/**
 * Host names.
 */
hosts: number,
/**
 * Addresses.
 */
addresses: number,
/**
 * URLs.
 */
urls: number,
/**
 * What of it was left out, by reason.
 */
skipped: { [key in string]: number },
/**
 * The first few of each reason.
 */
examples: { [key in string]: Array<string> },
/**
 * The file, in the folder.
 */
file: string,
/**
 * Its length in bytes.
 */
bytes: number,
/**
 * What the server calls this state of it, so that it is not sent again while it is the same.
 */
etag?: string | null,
/**
 * When the server last changed it, in the server's words.
 */
modified?: string | null, };

/**
 * `vigil.intel/1`: how it stands with all of it.
 */
export type IntelReport = {
/**
 * The last update, where there was one.
 */
update: IntelUpdate | null,
/**
 * `off` or `daily`: when lists are fetched without being asked for.
 */
schedule: string,
/**
 * Why lists that are there cannot be used.
 */
trouble: string | null,
/**
 * The lists, by name.
 */
lists: Array<IntelList>, };

/**
 * The short of it, for `vigil status`.
 */
export type IntelStatus = {
/**
 * How many lists there are.
 */
lists: number,
/**
 * Indicators in all of them.
 */
indicators: number,
/**
 * When the list that was brought in longest ago was.
 */
oldest: Timestamp | null,
/**
 * Why they cannot be used, or what went wrong in the last update.
 */
trouble: string | null, };

/**
 * What came of the last `vigil intel update`.
 */
export type IntelUpdate = {
/**
 * When it ended.
 */
at: Timestamp,
/**
 * Lists that are new.
 */
changed: number,
/**
 * Lists that are what they were.
 */
unchanged: number,
/**
 * Why the others stay as they were, by name.
 */
failed: { [key in string]: string }, };

export type JsonValue = number | string | boolean | Array<JsonValue> | { [key in string]: JsonValue } | null;

/**
 * The kind of an event.
 */
export type KindName = "prompt" | "response" | "thinking" | "tool_call" | "tool_result" | "model_call" | "process" | "connection" | "file" | "install" | "browser_message" | "config_change" | "gap" | "system";

/**
 * What the daemon holds for as long as the agent says that it is there.
 */
export type LeaseStatus = {
/**
 * `proxy` or `capture`.
 */
of: string,
/**
 * The agent's port.
 */
port: number,
/**
 * How long it lives without a renewal, in seconds.
 */
seconds: number, };

/**
 * Whether a value left the machine.
 */
export type Left = "no" | "likely" | "yes";

/**
 * The way of a value, from its first place to everything that it was given to. Judged from the
 * places that are looked at, the earliest ones; what is deleted from the record says nothing.
 */
export type Lineage = {
/**
 * Where it was first seen.
 */
entry: LineageEntry,
/**
 * What it went to, by the first time.
 */
destinations: Array<Destination>,
/**
 * Whether it left the machine.
 */
left: Left,
/**
 * In how many sessions it was seen.
 */
sessions: number,
/**
 * How many events were looked at for this.
 */
looked_at: number,
/**
 * True when there are more.
 */
more: boolean, };

/**
 * The first place of a value.
 */
export type LineageEntry = {
/**
 * How it came in.
 */
way: EntryWay,
/**
 * The event.
 */
event: EventId,
/**
 * Its number.
 */
seq: number,
/**
 * When it happened.
 */
at: Timestamp,
/**
 * Vigil's id of its session.
 */
session_key: SessionId | null,
/**
 * The tool, the MCP server or the program.
 */
name: Masked | null,
/**
 * The file.
 */
path: Masked | null, };

/**
 * `vigil.system/1`. Each part says whether a source for it exists at all: what nobody looks at
 * is not empty but unknown.
 */
export type Machine = {
/**
 * What was added up begins here.
 */
since: Timestamp,
/**
 * Agents with the processes under them, one row a tree, the latest first; at most 200.
 */
processes: Recorded<TreeRow>,
/**
 * Connections by host, port, way and owner, the latest first; at most 200.
 */
connections: Recorded<FlowRow>,
/**
 * Files, the latest first; at most 200.
 */
files: Recorded<FileRow>, };

/**
 * Text in which every detected secret has been replaced by its mask
 * (`[[vigil:TYPE:HINT:FINGERPRINT]]`).
 */
export type Masked = string;

/**
 * Where masking again stands: all that is stored is looked through when rules have changed.
 */
export type MaskingStatus = {
/**
 * When it began.
 */
began: Timestamp,
/**
 * When it was done; none while it goes on.
 */
ended: Timestamp | null,
/**
 * Events looked through.
 */
done: number,
/**
 * Events there are to look through.
 */
total: number,
/**
 * Rows of which a text was masked again.
 */
changed: number,
/**
 * Places of secrets that were found.
 */
found: number, };

/**
 * How far Vigil goes with a client.
 */
export type Mode = "observe" | "ask" | "deny";

/**
 * One thing to do.
 */
export type Next = {
/**
 * The exact command; none of what is done by hand.
 */
command: string | null,
/**
 * What it is for, or what to do, in one sentence without a full stop.
 */
words: string,
/**
 * The client that it is about; none where it is about no single one.
 */
client: string | null, };

/**
 * The one that will sign next: clients are told to trust it.
 */
export type NextAuthority = {
/**
 * The SHA-256 of its certificate.
 */
fingerprint: string,
/**
 * When it ends.
 */
ends: Timestamp,
/**
 * Since when clients are told to trust it.
 */
since: Timestamp,
/**
 * What it waits for before it signs, in words; none before that was looked at.
 */
waits: Array<string> | null, };

/**
 * What became of a tool call. A request alone is no proof of execution.
 */
export type Outcome = "requested" | "executed" | "denied" | "failed" | "interrupted";

/**
 * The skeleton of a timeline: one short row an event, without text.
 */
export type Outline = {
/**
 * Names of tools, models, records; rows name them by place.
 */
names: Array<Masked>,
/**
 * In the order of time. A tool's result is folded into its call's row. At most 50,000.
 */
rows: Array<OutlineRow>,
/**
 * Events left out beyond that.
 */
left_out: number,
/**
 * Processes of the session. Only those in which something was found have a row.
 */
processes: number, };

/**
 * One event of an outline. Written as an array, in the order of these fields.
 */
export type OutlineRow = [number, number, KindName, number, number, number, number, Outcome | null, number, number, number, number];

/**
 * One package that a command asks for.
 */
export type Package<T> = {
/**
 * The program that is asked, such as `npm`, `pip`, `uvx`; `script` for `curl | sh`.
 */
manager: string,
/**
 * Whose names these are, such as `npm`, `pypi`, `crates.io`, `debian`.
 */
ecosystem: string,
/**
 * Its name, as the command says it; none where it has only an address.
 */
package: T | null,
/**
 * The version or range, as the command says it.
 */
version: T | null,
/**
 * Where it comes from.
 */
source: PackageSource,
/**
 * The address, for every source but the usual registry.
 */
url: T | null,
/**
 * What else the command says of it, in fixed words (`global`, `exec`, `no-verify`).
 */
flags: Array<string>, };

/**
 * Where a package comes from.
 */
export type PackageSource = "registry" | "index" | "url" | "git" | "file" | "manifest" | "unresolved";

/**
 * Usage in one bucket.
 */
export type Point = {
/**
 * Model calls.
 */
calls: number,
/**
 * Tokens read at full price.
 */
input: number,
/**
 * Tokens read from the cache.
 */
cache_read: number,
/**
 * Tokens written to the cache.
 */
cache_write: number,
/**
 * Tokens produced.
 */
output: number,
/**
 * Cost in US dollars.
 */
cost_usd: number,
/**
 * True when any part of the cost was estimated.
 */
estimated: boolean, };

/**
 * `vigil.processes/1`, a page of it.
 */
export type ProcessPage = {
/**
 * How many there are.
 */
total: number,
/**
 * How many were passed over.
 */
offset: number,
/**
 * The latest first; those of a tool call in the order they started.
 */
processes: Array<ProcessRow>, };

/**
 * Which processes: the children of one, or those of a tool call.
 */
export type ProcessQuery = {
/**
 * Of the agent with this process, written `PID.MICROSECONDS`.
 */
root?: string,
/**
 * Started by this process, written so too; by the agent itself when absent.
 */
parent?: string,
/**
 * Started by the tool call with this event number, instead of both.
 */
call?: number,
/**
 * Only those whose command line holds this, in any case, at any depth of the tree.
 */
q?: string,
/**
 * Only those that run.
 */
running?: boolean,
/**
 * How many to pass over.
 */
offset?: number,
/**
 * At most so many; 200 is the most.
 */
limit?: number, };

/**
 * A process, told apart from a later one with the same number.
 */
export type ProcessRef = {
/**
 * Process id.
 */
pid: number,
/**
 * When it started.
 */
started: Timestamp, };

/**
 * A process of an agent's tree.
 */
export type ProcessRow = {
/**
 * Its event's number; none for an agent of whose own process nothing is kept.
 */
seq: number | null,
/**
 * Which process.
 */
process: ProcessRef,
/**
 * When it began, as it was told. The start that `process` has is made of the boot's time in
 * whole seconds, and so off by up to one.
 */
at: Timestamp,
/**
 * The agent's own process.
 */
root: ProcessRef,
/**
 * The agent's client.
 */
client: string,
/**
 * Vigil's id of its session.
 */
session_key: SessionId | null,
/**
 * The number of the tool call's event that started it.
 */
tool_call: number | null,
/**
 * That tool's name.
 */
tool: Masked | null,
/**
 * The beginning of its command line, at most 400 characters.
 */
argv: Masked,
/**
 * The file that it runs.
 */
exe: Masked | null,
/**
 * Its working directory.
 */
cwd: Masked | null,
/**
 * When it ended; none while it runs, or when nobody saw it end.
 */
ended: Timestamp | null,
/**
 * How it ended.
 */
exit: Exit | null,
/**
 * Processor time in microseconds, as last seen.
 */
cpu_us: number | null,
/**
 * The most memory it held at once in bytes, as last seen.
 */
peak_rss: number | null,
/**
 * Processes that it started itself.
 */
children: number,
/**
 * Processes under it, of every depth.
 */
descendants: number, };

/**
 * The proxy's part of the status.
 */
export type ProxyStatus = {
/**
 * True when it listens.
 */
running: boolean,
/**
 * Its address.
 */
url: string | null,
/**
 * The CA certificate's file.
 */
ca: string | null,
/**
 * True while upstreams are redirected for tests.
 */
test_upstreams: boolean,
/**
 * Connections open now.
 */
open: number,
/**
 * Hosts that are decrypted.
 */
hosts: Array<string>,
/**
 * How it stands with connections that the kernel leads to it, in words; none when that is not
 * wanted.
 */
redirect: string | null,
/**
 * The certificate authority; none without a proxy.
 */
authority: AuthorityStatus | null,
/**
 * How it stands with the system's proxy settings, in words; none when nothing is wanted of them.
 */
system: string | null,
/**
 * `host:port` of the proxy behind it; none when connections go directly.
 */
upstream: string | null, };

/**
 * Why something is thought of a package.
 */
export type Reason = {
/**
 * A fixed word, such as `malicious`, `unknown-name`, `similar-name`.
 */
rule: string,
/**
 * The well-known package that it looks like, for the rules that compare.
 */
target?: string | null, };

/**
 * Rows of a source, or why there are none.
 */
export type Recorded<T> = {
/**
 * False when no source records this yet.
 */
recorded: boolean,
/**
 * Who says so: `proxy`, `kernel`, `proxy and kernel`, `tool calls`; or why nothing is recorded.
 */
by: string,
/**
 * What it says.
 */
rows: Array<T>,
/**
 * Rows beyond those.
 */
more: number, };

/**
 * The way to take a value of one type back.
 */
export type Revocation = {
/**
 * Whose value it is (`GitHub`); none when the type does not say.
 */
service: string | null,
/**
 * Where it is taken back, in words.
 */
place: string,
/**
 * The steps, in order.
 */
steps: Array<string>, };

/**
 * That the vault holds a finding's value.
 */
export type SealedUntil = {
/**
 * The day in UTC whose key it is sealed to.
 */
day: string,
/**
 * When that key is destroyed.
 */
until: Timestamp, };

/**
 * One hit.
 */
export type SearchHit = {
/**
 * The event.
 */
event: EventId,
/**
 * Its kind.
 */
kind: KindName,
/**
 * When.
 */
at: Timestamp,
/**
 * The client's session id.
 */
session: Masked | null,
/**
 * The turn's number within the session.
 */
turn: number | null,
/**
 * Masked text around the hit.
 */
snippet: Masked, };

/**
 * `vigil.search/1`.
 */
export type SearchResults = {
/**
 * Best first.
 */
hits: Array<SearchHit>,
/**
 * What the index leaves out, in words.
 */
note: string,
/**
 * True when there were more hits than asked for.
 */
more: boolean, };

/**
 * The model call that a place's text went with: the one that followed it, or the one whose answer
 * it is.
 */
export type SentWith = {
/**
 * The model's provider.
 */
provider: Masked,
/**
 * The host that the proxy saw it go to.
 */
host: Masked | null,
/**
 * When the call happened.
 */
at: Timestamp,
/**
 * The call's event, where one is known.
 */
call: EventId | null,
/**
 * True when the text is of the answer.
 */
written: boolean,
/**
 * True when the proxy saw it pass.
 */
seen: boolean, };

/**
 * One line of a chart.
 */
export type Series = {
/**
 * The model, client or working directory.
 */
key: Masked,
/**
 * One a bucket.
 */
points: Array<Point>, };

/**
 * How it stands with the service.
 */
export type ServiceState = "unknown" | "no-manager" | "absent" | "installed";

/**
 * Where the words of a search stand in a session.
 */
export type SessionFind = {
/**
 * The session.
 */
key: SessionId,
/**
 * The newest event with the words.
 */
seq: number,
/**
 * Its text around the words.
 */
snippet: Masked, };

/**
 * One session: a hash of (client, the client's own session id).
 */
export type SessionId = string;

/**
 * `vigil.sessions/1`, a page of it.
 */
export type SessionPage = {
/**
 * How many sessions the filter lets through.
 */
total: number,
/**
 * How many were passed over.
 */
offset: number,
/**
 * Newest first.
 */
sessions: Array<SessionRow>,
/**
 * What was found in the content, by session, when there was a `q`: at most one hit each.
 */
finds: Array<SessionFind>,
/**
 * True when the content was not searched to its end: only the newest hits were looked at.
 */
partial: boolean, };

/**
 * Which sessions. Newest first.
 */
export type SessionQuery = {
/**
 * In the title, the project, the branch, the id, or (whole words) in what was said and done.
 */
q?: string,
/**
 * Of this client.
 */
client?: string,
/**
 * In this working directory.
 */
project?: string,
/**
 * Whose last model is this one.
 */
model?: string,
/**
 * With findings only.
 */
findings?: boolean,
/**
 * Deleted by their client only.
 */
deleted?: boolean,
/**
 * Active at or after this time.
 */
from?: Timestamp,
/**
 * Begun before this time.
 */
to?: Timestamp,
/**
 * How many to pass over.
 */
offset?: number,
/**
 * At most so many; 200 is the most.
 */
limit?: number, };

/**
 * One session.
 */
export type SessionRow = {
/**
 * The client's own id.
 */
id: Masked,
/**
 * Vigil's id of it.
 */
key: SessionId,
/**
 * The client.
 */
client: string,
/**
 * The client's version.
 */
version: Masked | null,
/**
 * Title, from the data itself.
 */
title: Masked | null,
/**
 * Working directory.
 */
cwd: Masked | null,
/**
 * Git branch.
 */
branch: Masked | null,
/**
 * The model used last.
 */
model: Masked | null,
/**
 * The client's id of the session that it continues.
 */
parent: Masked | null,
/**
 * First event.
 */
started: Timestamp | null,
/**
 * Last event.
 */
last: Timestamp | null,
/**
 * Prompts.
 */
turns: number,
/**
 * Model calls.
 */
messages: number,
/**
 * Tool calls.
 */
tool_calls: number,
/**
 * Its usage.
 */
usage: UsageFigures,
/**
 * Findings with a place in it.
 */
findings: number,
/**
 * The worst severity of those that are open.
 */
worst: Severity | null,
/**
 * Its sub-agents.
 */
subagents: Array<SubagentRow>,
/**
 * Who told of its calls.
 */
witnesses: SessionWitnesses,
/**
 * When it was noticed that its client has deleted all of its files.
 */
deleted: Timestamp | null,
/**
 * When it was last noticed that its client has written a file of it anew.
 */
rewritten: Timestamp | null, };

/**
 * `vigil.session/1`: everything about one session but its texts.
 */
export type SessionView = {
/**
 * The row of the list.
 */
session: SessionRow,
/**
 * What its client says that it cost, beyond the calls on record; none when they explain it,
 * and where the client tells no total.
 */
unexplained: Unexplained | null,
/**
 * Its turns in order, those of the main thread; at most 5,000.
 */
turns: Array<TurnRow>,
/**
 * Its sub-agents' threads; rows of the outline name them by place.
 */
threads: Array<ThreadRow>,
/**
 * Its model calls in order, for the context gauge; at most 5,000, then evenly thinned.
 */
calls: Array<CallPoint>,
/**
 * Files its tool calls named, the latest first; at most 500.
 */
files: Array<FileUse>,
/**
 * Its findings, worst first; at most 200.
 */
findings: Array<FindingRow>,
/**
 * Its events in the order they happened.
 */
outline: Outline,
/**
 * What one side alone told of, the client or the proxy.
 */
apart: Apart, };

/**
 * Who told of a session's model calls and tool calls.
 */
export type SessionWitnesses = {
/**
 * Everybody who told of any of them.
 */
by: Array<Witness>,
/**
 * Its model calls.
 */
model_calls: ToldBy,
/**
 * Its tool calls.
 */
tool_calls: ToldBy, };

/**
 * How much harm a finding may mean.
 */
export type Severity = "info" | "low" | "medium" | "high" | "critical";

/**
 * Where a witness saw an event.
 */
export type SightingRow = {
/**
 * The witness.
 */
witness: string,
/**
 * True when the monitored client has no say in it.
 */
independent: boolean,
/**
 * The file, the listener.
 */
place: Masked,
/**
 * Byte in the file, number of the flow.
 */
position: number,
/**
 * When Vigil saw it there.
 */
seen_at: Timestamp, };

/**
 * How well a site is read, and since when that is known.
 */
export type SiteHealth = {
/**
 * The site's host.
 */
site: string,
/**
 * When it was told.
 */
at: Timestamp,
/**
 * `idle`, `ok`, `drift` or `stale`.
 */
state: string,
/**
 * What changed, when it drifts: `network` or `page`.
 */
drift: string,
/**
 * True when the tap was there before the page's first script.
 */
patched: boolean,
/**
 * Exchanges at the site's endpoints.
 */
matched: number,
/**
 * Exchanges that held something that was said.
 */
parsed: number,
/**
 * Records that were not understood.
 */
unknown: number,
/**
 * Turns that the page showed as the network had them.
 */
agreed: number,
/**
 * Turns that it did not show so.
 */
differed: number,
/**
 * Turns that were read from the page alone.
 */
by_page: number,
/**
 * What was left out, for its size or its number.
 */
dropped: number,
/**
 * Copies that the page's side gave up before anybody looked at them.
 */
unseen: number,
/**
 * Answers that were read to a limit and no further.
 */
too_large: number,
/**
 * Errors of the extension's own.
 */
failed: number,
/**
 * Conversations that the site does not keep, and that were left alone.
 */
temporary: number, };

/**
 * A web site whose conversations are read.
 */
export type SiteRow = {
/**
 * Its host.
 */
site: string,
/**
 * The client's word for it.
 */
client: string,
/**
 * How it stands.
 */
state: SiteState,
/**
 * The same in a sentence, without a full stop.
 */
words: string,
/**
 * When its page last told how well it is read; none since the agent was started.
 */
told: Timestamp | null,
/**
 * When something that was said there was last put on record.
 */
last: Timestamp | null,
/**
 * What the extension counted; none where it told nothing.
 */
health: Health | null, };

/**
 * How a site stands, worst first.
 */
export type SiteState = "stale" | "drift" | "off" | "unheard" | "idle" | "ok";

/**
 * A place in an event: bytes `start..end` of the *masked* text of `field`.
 */
export type Span = {
/**
 * Which text of the event.
 */
field: Field,
/**
 * First byte.
 */
start: number,
/**
 * One past the last byte.
 */
end: number, };

/**
 * A finding's place in a piece of text.
 */
export type SpanRow = {
/**
 * The finding.
 */
finding: FindingId,
/**
 * Its rule.
 */
rule: string,
/**
 * How bad.
 */
severity: Severity,
/**
 * What a person said of it.
 */
state: Triage,
/**
 * Which text of the event.
 */
field: Field,
/**
 * First UTF-16 unit, counted from the beginning of the piece.
 */
start: number,
/**
 * One past the last unit.
 */
end: number, };

/**
 * Who started the agent.
 */
export type StartedBy = "unknown" | "service" | "terminal" | "other";

/**
 * `vigil.status/1`.
 */
export type Status = {
/**
 * Version of Vigil.
 */
version: string,
/**
 * The agent.
 */
agent: AgentStatus,
/**
 * The proxy.
 */
proxy: ProxyStatus,
/**
 * The root daemon.
 */
daemon: DaemonStatus,
/**
 * The capture matrix.
 */
surfaces: Array<Surface>,
/**
 * Clients that are there and whose conversations are not read yet.
 */
unread: Array<Unread>,
/**
 * How well the browser extension reads each site that was open since the start.
 */
browser: Array<SiteHealth>,
/**
 * What was lost or not read, by name.
 */
drops: { [key in string]: number },
/**
 * The store.
 */
store: StoreStatus,
/**
 * Lists of what is malicious.
 */
intel: IntelStatus,
/**
 * Sentences that a person must see (test upstreams, damage, a full disk), worst first.
 */
warnings: Array<string>,
/**
 * Gaps of the last day.
 */
gaps: Gaps,
/**
 * How well each web site is read, in words.
 */
sites: Array<SiteRow>,
/**
 * The browsers that are there.
 */
browsers: Array<BrowserRow>,
/**
 * How it stands with the service.
 */
service: ServiceState,
/**
 * What would make the record more complete, the most urgent first.
 */
next: Array<Next>, };

/**
 * The store's part of the status.
 */
export type StoreStatus = {
/**
 * Events kept.
 */
events: number,
/**
 * Bytes on disk.
 */
bytes: number,
/**
 * Its folder.
 */
path: string,
/**
 * Open findings by severity.
 */
findings: { [key in string]: number },
/**
 * How far what is stored was masked again since rules changed; none before the first time.
 */
masking: MaskingStatus | null, };

/**
 * One sub-agent of a session.
 */
export type SubagentRow = {
/**
 * The client's id of its thread.
 */
id: Masked,
/**
 * What kind of agent.
 */
agent_type: Masked | null,
/**
 * The tool call that started it.
 */
started_by: Masked | null, };

/**
 * The body of `POST /api/v1/suppress`: a finding, or a rule with a path or a project.
 */
export type SuppressOrder = {
/**
 * The finding.
 */
finding?: FindingId,
/**
 * The rule.
 */
rule?: string,
/**
 * Files like this: `*` is any part of a name, `**` any folders.
 */
path?: string,
/**
 * An absolute path.
 */
project?: string,
/**
 * Why, at most 2,000 characters; masked before it is kept.
 */
reason: string,
/**
 * Until when.
 */
expires?: Timestamp, };

/**
 * `vigil.suppress/1`.
 */
export type Suppressed = {
/**
 * The suppression's number.
 */
id: number,
/**
 * How many findings are suppressed by it from now on.
 */
findings: number, };

/**
 * One of them. It is for one finding, or for what a rule finds in some files or in one project.
 */
export type SuppressionRow = {
/**
 * Its number.
 */
id: number,
/**
 * The finding.
 */
finding: FindingId | null,
/**
 * The rule.
 */
rule: string | null,
/**
 * Files like this, where the finding was first seen.
 */
path: Masked | null,
/**
 * The working directory, or one above it, of the session where the finding was first seen.
 */
project: Masked | null,
/**
 * Why.
 */
reason: Masked,
/**
 * Since when.
 */
made: Timestamp,
/**
 * Until when; none: until it is taken back.
 */
expires: Timestamp | null,
/**
 * How many findings are suppressed by it now.
 */
findings: number, };

/**
 * `vigil.suppressions/1`.
 */
export type Suppressions = {
/**
 * Those in force, the newest first.
 */
suppressions: Array<SuppressionRow>, };

/**
 * One row of the matrix.
 */
export type Surface = {
/**
 * The client's name, such as `claude-code`.
 */
client: string,
/**
 * Its version, as last seen.
 */
version: Masked | null,
/**
 * Its process, where one is running and known.
 */
pid: number | null,
/**
 * By witness word: every kind that can bear witness to a client, those without a word too; a
 * browser's history where it told of it.
 */
witnesses: { [key in string]: Evidence },
/**
 * Its coverage.
 */
coverage: Coverage,
/**
 * The matrix's word.
 */
verdict: Verdict,
/**
 * Exact commands that would improve it.
 */
next: Array<string>,
/**
 * True when its own settings lead it to the running proxy, by Vigil's doing. What it began before
 * goes on as it was, until it is started anew.
 */
routed: boolean,
/**
 * Its processes that run since before its settings led to the proxy: they need a new start. Those
 * of which the proxy saw a call are none of them.
 */
restart: Array<ProcessRef>,
/**
 * How Vigil stands before its commands; none where no hook of Vigil's is put into it.
 */
guard?: Guarded | null, };

/**
 * A sub-agent's thread.
 */
export type ThreadRow = {
/**
 * The client's id of it.
 */
id: Masked,
/**
 * What kind of agent.
 */
agent_type: Masked | null,
/**
 * The number of the tool call's event that started it.
 */
started_by: number | null,
/**
 * Events in it.
 */
events: number, };

/**
 * Microseconds since 1970-01-01T00:00:00Z.
 */
export type Timestamp = string;

/**
 * How many calls were told by which side.
 */
export type ToldBy = {
/**
 * By the proxy and by the client.
 */
both: number,
/**
 * By the proxy alone.
 */
proxy: number,
/**
 * By the client alone, in whichever way it tells: its transcript, its hook, its telemetry.
 */
client: number, };

/**
 * Calls of one tool.
 */
export type ToolRow = {
/**
 * The tool.
 */
name: Masked,
/**
 * Calls.
 */
calls: number,
/**
 * Calls that failed.
 */
failed: number,
/**
 * Calls that were refused.
 */
denied: number, };

/**
 * An agent, and how many processes are under it.
 */
export type TreeRow = {
/**
 * Processes under it that have not ended as far as is known.
 */
running: number,
/**
 * When the latest of the tree started or ended.
 */
last: Timestamp,
/**
 * Its event's number; none for an agent of whose own process nothing is kept.
 */
seq: number | null,
/**
 * Which process.
 */
process: ProcessRef,
/**
 * When it began, as it was told. The start that `process` has is made of the boot's time in
 * whole seconds, and so off by up to one.
 */
at: Timestamp,
/**
 * The agent's own process.
 */
root: ProcessRef,
/**
 * The agent's client.
 */
client: string,
/**
 * Vigil's id of its session.
 */
session_key: SessionId | null,
/**
 * The number of the tool call's event that started it.
 */
tool_call: number | null,
/**
 * That tool's name.
 */
tool: Masked | null,
/**
 * The beginning of its command line, at most 400 characters.
 */
argv: Masked,
/**
 * The file that it runs.
 */
exe: Masked | null,
/**
 * Its working directory.
 */
cwd: Masked | null,
/**
 * When it ended; none while it runs, or when nobody saw it end.
 */
ended: Timestamp | null,
/**
 * How it ended.
 */
exit: Exit | null,
/**
 * Processor time in microseconds, as last seen.
 */
cpu_us: number | null,
/**
 * The most memory it held at once in bytes, as last seen.
 */
peak_rss: number | null,
/**
 * Processes that it started itself.
 */
children: number,
/**
 * Processes under it, of every depth.
 */
descendants: number, };

/**
 * What a person has said about a finding.
 */
export type Triage = "open" | "acknowledged" | "resolved" | "false_positive" | "suppressed";

/**
 * `vigil.triage/1`.
 */
export type TriageDone = {
/**
 * How many findings were changed; those that do not exist were not.
 */
changed: number, };

/**
 * The body of `POST /api/v1/findings/triage`.
 */
export type TriageOrder = {
/**
 * Which findings; at most 500.
 */
ids: Array<FindingId>,
/**
 * The state to put them in.
 */
state: Triage,
/**
 * Words about it, at most 2,000 characters; masked before they are kept.
 */
note?: string, };

/**
 * What a person said of a finding, and when.
 */
export type TriageStep = {
/**
 * When.
 */
at: Timestamp,
/**
 * The state it was put in.
 */
state: Triage,
/**
 * Words about it.
 */
note: Masked | null, };

/**
 * One turn: a prompt and everything until the next one.
 */
export type TurnRow = {
/**
 * From 1.
 */
number: number,
/**
 * The prompt's event.
 */
event: EventId,
/**
 * The prompt's event number; none when it was pruned.
 */
seq: number | null,
/**
 * When it began.
 */
at: Timestamp,
/**
 * When its last event happened.
 */
until: Timestamp,
/**
 * The beginning of the prompt, at most 160 characters.
 */
prompt: Masked,
/**
 * Tool calls, those of sub-agents included.
 */
tool_calls: number,
/**
 * Tool calls that failed or were denied.
 */
failed: number,
/**
 * Findings with a place in it.
 */
findings: number,
/**
 * The worst severity of those that are open.
 */
worst: Severity | null,
/**
 * Its usage.
 */
usage: UsageFigures, };

/**
 * What a client says that a session cost, beside the calls on record: it may make calls that it
 * does not write down.
 */
export type Unexplained = {
/**
 * What the client says in all, in US dollars.
 */
told_usd: number,
/**
 * How much of it no call on record explains; below 0 when the calls on record cost more.
 */
cost_usd: number,
/**
 * The same in tokens of all kinds together, where the client tells them.
 */
tokens: number | null, };

/**
 * A client whose conversations are not read yet. Nothing bears witness to it: it is there, and
 * that is all that is known.
 */
export type Unread = {
/**
 * The client's name, such as `cursor`.
 */
client: string,
/**
 * What its makers call it.
 */
title: string,
/**
 * Where it keeps its conversations; where it has several places, the one that changed last.
 */
place: string,
/**
 * When something there last changed.
 */
last_active: Timestamp, };

/**
 * The body of `POST /api/v1/unsuppress`.
 */
export type UnsuppressOrder = {
/**
 * The suppression's number.
 */
id: number, };

/**
 * `vigil.unsuppress/1`.
 */
export type Unsuppressed = {
/**
 * How many findings are open again.
 */
findings: number, };

/**
 * Tokens as documents name them: `input` excludes cached, `output` includes reasoning.
 */
export type UsageFigures = {
/**
 * Model calls.
 */
calls: number,
/**
 * Tokens read at full price.
 */
input: number,
/**
 * Tokens read from the cache.
 */
cache_read: number,
/**
 * Tokens written to the cache.
 */
cache_write: number,
/**
 * Tokens produced.
 */
output: number,
/**
 * Tokens produced as reasoning, part of `output`.
 */
reasoning: number,
/**
 * Cost in US dollars.
 */
cost_usd: number,
/**
 * True when any part of the cost was estimated from a price table.
 */
estimated: boolean, };

/**
 * One row of usage.
 */
export type UsageRow = {
/**
 * The session, day, model or client.
 */
key: Masked,
/**
 * Model calls.
 */
calls: number,
/**
 * Tokens read at full price.
 */
input: number,
/**
 * Tokens read from the cache.
 */
cache_read: number,
/**
 * Tokens written to the cache.
 */
cache_write: number,
/**
 * Tokens produced.
 */
output: number,
/**
 * Tokens produced as reasoning, part of `output`.
 */
reasoning: number,
/**
 * Cost in US dollars.
 */
cost_usd: number,
/**
 * True when any part of the cost was estimated from a price table.
 */
estimated: boolean, };

/**
 * The key of one day, and what is sealed to it.
 */
export type VaultKey = {
/**
 * The day in UTC, such as `2026-11-26`.
 */
day: string,
/**
 * Incidents whose value is sealed to it.
 */
values: number,
/**
 * When it is destroyed.
 */
until: Timestamp, };

/**
 * How the vault stands.
 */
export type VaultStatus = {
/**
 * Whether values are sealed now.
 */
on: boolean,
/**
 * The public half of its key, while it is on.
 */
public: string | null,
/**
 * Incidents whose value it holds.
 */
values: number,
/**
 * Days until the key of a day is destroyed.
 */
days: number,
/**
 * Why it is off though it was left on, or why it did not take a value.
 */
trouble: string | null,
/**
 * The keys that there are, newest day first.
 */
keys: Array<VaultKey>, };

/**
 * The matrix's word for an application, worst first.
 */
export type Verdict = "nothing" | "stale" | "self-reported" | "witnessed";

/**
 * The way a connection went.
 */
export type Way = "decrypted" | "tunnelled" | "past";

/**
 * Who saw a thing. Proxy and kernel are independent of the client; the others are its own
 * word.
 */
export type Witness = "transcript" | "proxy" | "hook" | "telemetry" | "browser" | "kernel" | "vigil" | "history";
