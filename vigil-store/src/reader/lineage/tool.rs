//! What a tool does with what it is given, judged from its name and the file it names; and the
//! hosts that a command names.

use rusqlite::{Connection, OptionalExtension as _};

use super::super::excerpts::pair;

/// Tools that run a command.
const COMMANDS: &[&str] = &[
    "bash",
    "shell",
    "local_shell",
    "shell_command",
    "exec_command",
    "run_shell_command",
    "run_command",
    "execute",
    "execute_command",
    "terminal",
];

/// Tools that fetch or search pages.
const WEB: &[&str] =
    &["webfetch", "web_fetch", "websearch", "web_search", "google_web_search", "fetch"];

/// Hosts of one text at most.
const MOST_HOSTS: usize = 8;

/// What a tool does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ToolUse {
    /// It belongs to this MCP server.
    Mcp(String),
    /// It reads or writes this file.
    File { path: String, written: bool },
    /// It runs a command.
    Command,
    /// It fetches pages.
    Web,
    /// Something else.
    Other,
}

/// What the call `seq` of the tool `name` does.
pub(super) fn used(conn: &Connection, seq: i64, name: &str) -> rusqlite::Result<ToolUse> {
    if let Some(server) = server_of(name) {
        return Ok(ToolUse::Mcp(server.to_owned()));
    }
    let file = conn
        .prepare_cached(
            "SELECT p.text, t.written FROM events e JOIN touched t ON t.at = e.at AND t.seq = e.seq
                 JOIN paths p ON p.id = t.path
             WHERE e.seq = ?",
        )?
        .query_row([seq], |row| Ok(ToolUse::File { path: row.get(0)?, written: row.get(1)? }))
        .optional()?;
    Ok(file.unwrap_or_else(|| {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            name if COMMANDS.contains(&name) => ToolUse::Command,
            name if WEB.contains(&name) => ToolUse::Web,
            _ => ToolUse::Other,
        }
    }))
}

/// The tool whose result the event `seq` is, and what it did; none when its call is not known.
pub(super) fn behind(conn: &Connection, seq: i64) -> rusqlite::Result<Option<(String, ToolUse)>> {
    let Some(call) = pair(conn, seq)? else { return Ok(None) };
    let name: Option<String> = conn
        .prepare_cached(
            "SELECT n.text FROM events e JOIN names n ON n.id = e.name WHERE e.seq = ?",
        )?
        .query_row([call], |row| row.get(0))
        .optional()?;
    let name = name.unwrap_or_default();
    let used = used(conn, call, &name)?;
    Ok(Some((name, used)))
}

/// The name of the program that the process `seq` runs.
pub(super) fn program(conn: &Connection, seq: i64) -> rusqlite::Result<Option<String>> {
    let exe: Option<Option<String>> = conn
        .prepare_cached("SELECT exe FROM processes WHERE seq = ?")?
        .query_row([seq], |row| row.get(0))
        .optional()?;
    let name = |exe: String| exe.rsplit('/').next().unwrap_or_default().to_owned();
    Ok(exe.flatten().map(name).filter(|name| !name.is_empty()))
}

/// The MCP server of a tool that is named `mcp__SERVER__TOOL`.
pub(super) fn server_of(tool: &str) -> Option<&str> {
    let (server, _) = tool.strip_prefix("mcp__")?.split_once("__")?;
    (!server.is_empty()).then_some(server)
}

/// The hosts of the addresses in `text`, each once, but for this machine itself.
pub(super) fn hosts(text: &str) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for (at, _) in text.match_indices("://") {
        let Some(rest) = text.get(at + 3..) else { continue };
        let ends = |c: char| c.is_whitespace() || "/?#\"'`\\<>|;)".contains(c);
        let authority = rest.split(ends).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if is_elsewhere(&host) && !hosts.contains(&host) {
            hosts.push(host);
        }
        if hosts.len() == MOST_HOSTS {
            break;
        }
    }
    hosts
}

fn is_elsewhere(host: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    host.len() <= 253
        && host.contains('.')
        && host.bytes().all(is_name)
        && !host.starts_with("127.")
        && host != "0.0.0.0"
}

#[cfg(test)]
mod tests {
    use super::{hosts, server_of};

    #[test]
    fn the_hosts_of_a_command_are_those_of_its_addresses() {
        let text = r#"{"command":"curl -H \"Authorization: [[vigil:github_ghp:x:00]]\" https://api.github.com/user && psql postgres://app:[[vigil:db_url::11]]@db.example.com:5432/app; curl http://127.0.0.1:80 http://localhost/ https://API.github.com"}"#;

        assert_eq!(hosts(text), ["api.github.com", "db.example.com"]);
        assert_eq!(hosts("://"), Vec::<String>::new());
        assert_eq!(hosts("git://[::1]/x ftp://$HOST/"), Vec::<String>::new());
    }

    #[test]
    fn an_mcp_tool_names_its_server() {
        assert_eq!(server_of("mcp__github__create_issue"), Some("github"));
        assert_eq!(server_of("mcp____x"), None);
        assert_eq!(server_of("Bash"), None);
    }
}
