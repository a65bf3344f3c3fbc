// What the parts say to each other.

/** One thing that was said in a conversation. */
interface Turn {
  conversation: string;
  /** The site's own id of the message. */
  id: string;
  /** The message that it answers or follows. */
  parent?: string;
  role: 'user' | 'assistant';
  text: string;
  thinking?: string;
  model?: string;
  /** `stopped`: by the person, or with the page. */
  status: 'done' | 'stopped';
  how?: 'new' | 'edit' | 'regenerate';
  attachments?: string[];
  tools?: { name: string; input?: string }[];
  citations?: string[];
}

/** One exchange of a page with its site, as the tap copied it. */
interface Exchange {
  via: 'fetch' | 'xhr' | 'events' | 'socket';
  method: string;
  url: string;
  body?: string;
  text: string;
  how: 'done' | 'aborted' | 'too-large';
  status?: number;
}

/** What an adapter makes of an exchange. */
interface Read {
  turns: Turn[];
  /** True for a conversation that the site does not keep: it is left alone. */
  temporary?: boolean;
  /** Which one that is; or which one is listed, as the page's address names it. */
  conversation?: string;
  /** For an answer that lists what was said before: only asked of what was cut. */
  history?: boolean;
  /** Records that were not understood. */
  unknown?: number;
}

/** What waits for Vigil, and what is known of the way there. */
interface Kept {
  waiting: { n: number; said: any; size: number }[];
  next: number;
  dropped: number;
  cut: any[];
  /** Conversations that their sites do not keep, each after its site. */
  temporary: string[];
  /** How often the browser had no room for all this. */
  unkept: number;
  /** A name for this browser's profile, made up. */
  profile?: string;
  health: Record<string, any>;
  last?: { n: number; session?: string; site: string; at: number; conversation: string; role: string };
  connected: 'no' | 'native' | 'paired';
  /** True once a code was traded for a token. */
  isPaired?: boolean;
  /** What answers where Vigil should be does not know the pairing. */
  isUnknown?: boolean;
  /** Why Vigil is not reached. */
  why?: string;
  dashboard?: string;
  findings: { at: number; site: string; types: string[] }[];
}

/** What is kept of a pairing with Vigil on this machine. */
interface Pairing {
  port: number;
  id: string;
  token: string;
  /** By which Vigil is known again. */
  word: string;
}

interface Site {
  name: string;
  hosts: string[];
  /** What an exchange says; nothing for one that carries no conversation. */
  parse?(exchange: Exchange): Read | undefined;
  /** Reads the frames of one socket. */
  socket?(url: string): { out(frame: string): Read | undefined; in(frame: string): Read | undefined; end(): Read | undefined; held(): number };
  /** The conversation that the page's address names. */
  conversation(url: URL): string | undefined;
  /** True where the page says that the conversation is not kept. */
  temporary?(document: Document, url: URL): boolean;
  page: {
    /** Selectors of turns, the surest first; each tells how the role is known. */
    turns: { all: string; role(element: Element): 'user' | 'assistant' | undefined; text?: string; id?(element: Element): string | undefined }[];
  };
}

/** What the scripts of one page's bridge share. */
interface Shared {
  sites: { length: number; push(site: Site): void; find(is: (site: Site) => boolean): Site | undefined };
  [name: string]: any;
}

declare var vigil: Shared;
declare var chrome: any;
declare var browser: any;
