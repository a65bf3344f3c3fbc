//! What the packet filter's program reads, in fixed words: numbers are all that is put into them.

use std::fmt::Write as _;

use super::{
    Change, Families, Family, Hold, MOST_AT_ONCE, MOST_IN_A_SECOND, PORT, PROBE_V4, PROBE_V6,
};

/// The priority of packets whose socket is excluded. Anybody may give a socket 0 to 6; whoever sets
/// a type of service gets 0, 2, 4 or 6 by it (`rt_tos2priority`), and 5 is left.
pub(super) const PRIORITY: i32 = 5;
/// A port that only root can listen on, where nobody does: a datagram to it is refused.
const NOWHERE: u16 = 9;

/// The sets that hold for a user, and the one that maps to a port as the probes do.
const HELD: &[(&str, bool)] = &[("held", false), ("probe", true)];
const ARMED: &[(&str, bool)] = &[("armed", false), ("capture", true)];
/// What the rules note by themselves.
const NOTED: &[&str] = &["proxied", "excluded"];

/// `change` as the program's input.
pub(super) fn change(change: &Change) -> String {
    match change {
        Change::Load => load(),
        // Nor is anything left of a lease before it that could not be ended.
        Change::Begin(hold) => end(hold) + &renew(hold),
        Change::Renew(hold) => renew(hold),
        Change::End(hold) => end(hold),
        // Also when it is not there.
        Change::Remove => "table inet vigil\ndelete table inet vigil\n".to_owned(),
    }
}

/// Asks for both notes: the program fails when one is missing.
pub(super) fn is_proven(uid: u32, family: Family) -> String {
    NOTED.iter().fold(String::new(), |mut text, set| {
        let _ = writeln!(text, "get element inet vigil {set} {{ {} . {uid} }}", word(family));
        text
    })
}

/// A listener may have been on one kind of address in an earlier lease, and on the other in this.
const ALL: Families = Families { v4: true, v6: true };

const fn word(family: Family) -> &'static str {
    match family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    }
}

/// One transaction: a set has the element either with the old time or with the new one.
fn renew(hold: &Hold) -> String {
    let add = |sets: &[(&str, bool)], families: Families| {
        let seconds = hold.seconds.raw();
        let mut text = delete(hold, sets, families);
        for family in families.iter() {
            for (set, is_map) in sets {
                let (family, uid) = (word(family), hold.uid.raw());
                let port = port(hold, *is_map);
                let _ = writeln!(
                    text,
                    "add element inet vigil {set} {{ {family} . {uid} timeout {seconds}s{port} }}"
                );
            }
        }
        text
    };
    add(HELD, hold.probed) + &add(ARMED, hold.armed)
}

/// Deleting what is not there fails, and adding what is there does not.
fn delete(hold: &Hold, sets: &[(&str, bool)], families: Families) -> String {
    let (mut text, uid) = (String::new(), hold.uid.raw());
    for family in families.iter().map(word) {
        for (set, is_map) in sets {
            let port = port(hold, *is_map);
            let _ = writeln!(text, "add element inet vigil {set} {{ {family} . {uid}{port} }}");
            let _ = writeln!(text, "delete element inet vigil {set} {{ {family} . {uid} }}");
        }
    }
    text
}

/// Of the user in both kinds of address: what is redirected, what is tried, and what was noted of that.
fn end(hold: &Hold) -> String {
    let noted: Vec<_> = NOTED.iter().map(|set| (*set, false)).collect();
    [ARMED, HELD, &noted].map(|sets| delete(hold, sets, ALL)).concat()
}

fn port(hold: &Hold, is_map: bool) -> String {
    if is_map { format!(" : {}", hold.port) } else { String::new() }
}

/// The rules with empty sets, in place of whatever the table was before, in one transaction: taking
/// the table away and making it anew in two would break what is redirected.
///
/// A connection is looked at once, when it begins. Whoever is not held is not touched; then what is
/// excluded, what stays on this machine, and what goes beyond the rate, all of which goes where it
/// was meant to. A connection of which only the middle is seen (the kernel looks at those too, when
/// the rules are new) is none that begins.
fn load() -> String {
    let key = "meta nfproto . meta skuid";
    format!(
        "table inet vigil
delete table inet vigil
table inet vigil {{
  set held {{ typeof {key}; flags timeout; }}
  set armed {{ typeof {key}; flags timeout; }}
  map probe {{ typeof {key} : tcp dport; flags timeout; }}
  map capture {{ typeof {key} : tcp dport; flags timeout; }}
  set proxied {{ typeof {key}; size 256; flags dynamic,timeout; timeout 10m; }}
  set excluded {{ typeof {key}; size 256; flags dynamic,timeout; timeout 10m; }}
  set rate {{ typeof meta skuid; size 256; flags dynamic,timeout; timeout 1m; }}
  chain redirection {{
    type nat hook output priority -100; policy accept;
    {key} != @held return
    meta priority 0:{PRIORITY} return
    oifname \"lo\" return
    udp dport {PORT} {key} @armed redirect to :{NOWHERE}
    tcp dport != {PORT} return
    tcp flags & (fin | syn | rst | ack) != syn return
    update @rate {{ meta skuid limit rate over {MOST_IN_A_SECOND}/second burst {MOST_AT_ONCE} packets }} return
    tcp dport {PORT} ip daddr {PROBE_V4} update @proxied {{ {key} }} redirect to :{key} map @probe
    tcp dport {PORT} ip6 daddr {PROBE_V6} update @proxied {{ {key} }} redirect to :{key} map @probe
    tcp dport {PORT} redirect to :{key} map @capture
  }}
  chain probes {{
    type filter hook output priority 0; policy accept;
    tcp dport {PORT} ip daddr {PROBE_V4} {key} @held goto probed
    tcp dport {PORT} ip6 daddr {PROBE_V6} {key} @held goto probed
  }}
  chain probed {{
    meta priority 0:{PRIORITY} update @excluded {{ {key} }}
    reject with tcp reset
  }}
}}
"
    )
}
