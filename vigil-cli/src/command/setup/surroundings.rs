//! What a machine's own proxies mean for leading clients to ours. Nothing here changes anything; no
//! address is repeated with the name and the password that may stand in it.

use std::env;

use vigil_platform::sysproxy::{Route, SysProxy, SysProxyError};
use vigil_proto::{
    config::{FROM_ENVIRONMENT, SystemProxy},
    report::Status,
    rpc::Port,
};

use super::{Context, step::Look};
use crate::{agent::Agent, failure::Failure};

/// Another proxy that clients go through, and that ours would go past: clients led to ours may have no
/// way out then.
pub(super) fn upstream(context: &Context<'_>) -> Result<Option<Look>, Failure> {
    let Some(agent) = Agent::find(context.paths)? else { return Ok(None) };
    let status: Status = agent.read("status")?;
    let named = ["https_proxy", "HTTPS_PROXY"].into_iter().find_map(|name| {
        Some((name, env::var(name).ok().filter(|value| !value.trim().is_empty())?))
    });
    let Some((name, url)) = named else { return Ok(None) };
    let place = place(&url);
    let own = status.proxy.url.as_deref().map(self::place);
    let is_settled =
        status.proxy.upstream.is_some() || context.config.proxy.upstream != FROM_ENVIRONMENT;
    if is_settled || own.as_deref() == Some(place.as_str()) {
        return Ok(None);
    }
    Ok(Some(Look::left(
        format!(
            "{name} leads to {place}, and the agent goes past it: a client led to the agent might \
             have no way out"
        ),
        format!(
            "write that proxy's address into a file of your own (mode 0600) and set \
             `proxy.upstream = \"FILE\"` in [proxy] of {}, or `\"none\"` where it is not needed; start \
             the agent again, then `vigil setup`",
            context.paths.config_file().display()
        ),
    )))
}

/// How it stands with the desktop's proxy settings.
pub(super) fn desktop(context: &Context<'_>) -> Vec<String> {
    let wanted = context.config.proxy.system != SystemProxy::Off;
    let port = Port::new(context.config.proxy.port.max(1024));
    let home = context.paths.home();
    let lookup = |name: &str| env::var_os(name);
    let found =
        port.ok().map(|proxy| SysProxy::detect(home, &lookup).prepare(Route::Manual { proxy }));
    match found {
        Some(Err(SysProxyError::InUse { way, what })) => vec![format!(
            "{way} has a proxy already ({what}); it is left as it is{}",
            if wanted { ", and `proxy.system` changes nothing while it is there" } else { "" }
        )],
        _ if wanted => vec![
            "the desktop's proxy settings are led to the proxy while the agent runs, as `proxy.system` \
             wants it"
                .to_owned(),
        ],
        _ => Vec::new(),
    }
}

/// `host:port` of a proxy's address, without name and password.
fn place(url: &str) -> String {
    let rest = url.trim().split_once("://").map_or_else(|| url.trim(), |(_, rest)| rest);
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    place.rsplit_once('@').map_or(place, |(_, host)| host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_proxy_is_named_without_who_may_use_it() {
        for (url, expected) in [
            ("http://proxy.example:3128", "proxy.example:3128"),
            ("http://me:word@proxy.example:3128/", "proxy.example:3128"),
            ("me:w@rd@proxy.example:3128", "proxy.example:3128"),
            (" proxy.example:1?x ", "proxy.example:1"),
        ] {
            assert_eq!(place(url), expected);
        }
    }
}
