//! The vault's orders. That a value was asked for is on record before what opens it is handed out;
//! nothing here can open it.

use std::collections::BTreeMap;

use axum::{
    extract::{Request, State as Extract},
    http::StatusCode,
    response::Response,
};
use vigil_proto::{
    FindingId, Timestamp, hex,
    report::Document,
    vault::{
        self as words, PurgeOrder, Purged, RevealOrder, Revealed, SealedUntil, VaultKey, VaultOn,
        VaultStatus,
    },
};
use vigil_store::{
    Reader,
    vault::{MasterPublic, Purge},
};

use super::{
    State,
    answer::{Problem, aside, document},
    archive::order,
    control::record,
};
use crate::vault::{Trouble, Vault};

type Answer = Result<Response, Problem>;

/// Digits of a finding's id by which the record names it.
const SHOWN: usize = 12;

/// `GET /api/v1/vault`.
pub(super) async fn status(Extract(state): Extract<State>) -> Answer {
    let (data, vault, days) = (state.data.clone(), state.vault.clone(), state.vault_days);
    let status = aside(&state, move || {
        let public = vault.public().map(|public| hex::encode(public.bytes()));
        let values = Reader::open(&data)?.sealed_values()?;
        let trouble = vault.trouble();
        let keys = keys(&Reader::open(&data)?, &vault, days)?;
        Ok(VaultStatus { on: public.is_some(), public, values, days, trouble, keys })
    });
    Ok(document(Document::v1("vault", status.await?)))
}

/// The keys of days, with what is sealed to each.
fn keys(reader: &Reader, vault: &Vault, kept: u32) -> Result<Vec<VaultKey>, Problem> {
    let by_day: BTreeMap<u32, u64> = reader.sealed_by_day()?.into_iter().collect();
    let key = |day| {
        let SealedUntil { day: word, until } = sealed_until(day, kept);
        VaultKey { day: word, values: by_day.get(&day).copied().unwrap_or(0), until }
    };
    Ok(vault.days()?.into_iter().map(key).collect())
}

/// Until when the vault can show a finding's value, if it has it.
pub(super) fn sealed(
    reader: &Reader,
    vault: &Vault,
    kept: u32,
    finding: FindingId,
) -> Result<Option<SealedUntil>, Problem> {
    let Some(day) = reader.sealed_on(finding)? else { return Ok(None) };
    let has_key = vault.public().is_some() && vault.wrapped(day)?.is_some();
    Ok(has_key.then(|| sealed_until(day, kept)))
}

/// A day by its name, and when its key is destroyed: as the day after the last one that it is kept
/// on begins.
fn sealed_until(day: u32, kept: u32) -> SealedUntil {
    let midnight = |day: u32| Timestamp::from_micros(i64::from(day) * 24 * 60 * 60 * 1_000_000);
    let day_of = |at: Timestamp| at.to_string().chars().take_while(|c| *c != 'T').collect();
    SealedUntil {
        day: day_of(midnight(day)),
        until: midnight(day.saturating_add(kept).saturating_add(1)),
    }
}

/// `POST /api/v1/vault/on`.
pub(super) async fn on(Extract(state): Extract<State>, request: Request) -> Answer {
    let VaultOn { public } = order(request.into_body()).await?;
    let bytes = hex::decode(&public).and_then(|bytes| bytes.try_into().ok());
    let Some(bytes) = bytes else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "a key has 64 hexadecimal digits"));
    };
    let (vault, to) = (state.vault.clone(), MasterPublic::from_bytes(bytes));
    let was_on = vault.public().is_some();
    aside(&state, move || vault.switch_on(to).map_err(Into::into)).await?;
    if !was_on {
        record(&state, "vault-on", format!("values are kept for {} days", state.vault_days))
            .await?;
    }
    self::status(Extract(state)).await
}

/// `POST /api/v1/vault/off`.
pub(super) async fn off(Extract(state): Extract<State>) -> Answer {
    let (vault, writer, inlet) = (state.vault.clone(), state.writer.clone(), state.inlet.clone());
    let purged = aside(&state, move || {
        // Without its key a value is nothing, so the keys go first; then what is sealed and on its way.
        let keys = vault.switch_off()?;
        inlet.flush().map_err(|_| ending())?;
        Ok(Purged { values: writer.purge(Purge::All)?, keys })
    })
    .await?;
    record(&state, "vault-off", told(purged)).await?;
    Ok(document(Document::v1("purge", purged)))
}

/// `POST /api/v1/vault/purge`.
pub(super) async fn purge(Extract(state): Extract<State>, request: Request) -> Answer {
    let PurgeOrder { finding } = order(request.into_body()).await?;
    let (vault, writer, inlet) = (state.vault.clone(), state.writer.clone(), state.inlet.clone());
    let purged = aside(&state, move || {
        let (keys, what) = match finding {
            None => (vault.destroy_all()?, Purge::All),
            Some(id) => (0, Purge::Finding(id)),
        };
        inlet.flush().map_err(|_| ending())?;
        Ok(Purged { values: writer.purge(what)?, keys })
    })
    .await?;
    record(&state, "vault-purge", told(purged)).await?;
    Ok(document(Document::v1("purge", purged)))
}

/// `POST /api/v1/vault/reveal`.
pub(super) async fn reveal(Extract(state): Extract<State>, request: Request) -> Answer {
    let RevealOrder { finding } = order(request.into_body()).await?;
    let (data, vault) = (state.data.clone(), state.vault.clone());
    let revealed = aside(&state, move || {
        let reader = Reader::open(&data)?;
        reader.finding(finding)?.ok_or_else(|| Problem::gone("finding"))?;
        let Some(public) = vault.public() else {
            return Err(Problem::new(StatusCode::CONFLICT, "the vault is off")
                .with_hint("`vigil vault on` keeps the values of what is found from then on"));
        };
        let gone = || {
            Problem::new(StatusCode::CONFLICT, "the vault does not have this value").with_hint(
                "it keeps those found while it is on, until their day's key is destroyed",
            )
        };
        let sealed = reader.sealed_value(finding)?.ok_or_else(gone)?;
        let wrapped = vault.wrapped(sealed.day)?.ok_or_else(gone)?;
        Ok(Revealed {
            public: hex::encode(public.bytes()),
            wrapped: hex::encode(&wrapped),
            sealed: hex::encode(&sealed.bytes),
        })
    })
    .await?;
    // Beside the name of a rule such as `api_key` the id would be taken for a key.
    let id: String = finding.to_string().chars().take(SHOWN).collect();
    record(&state, words::REVEALED, format!("finding {id}")).await?;
    let inlet = state.inlet.clone();
    // It is on disk before anybody can read the value.
    let flushed = tokio::task::spawn_blocking(move || inlet.flush()).await;
    if !matches!(flushed, Ok(Ok(()))) {
        return Err(ending());
    }
    Ok(document(Document::v1("reveal", revealed)))
}

fn ending() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the agent is ending")
}

fn told(purged: Purged) -> String {
    format!("{} values and {} keys of days destroyed", purged.values, purged.keys)
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::On => Self::new(StatusCode::CONFLICT, trouble.to_string())
                .with_hint("`vigil vault off` ends it, and destroys what it holds"),
            trouble => {
                tracing::error!(error = &trouble as &dyn std::error::Error, "the vault");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, trouble.to_string())
                    .with_hint("`vigil logs` says more")
            }
        }
    }
}
