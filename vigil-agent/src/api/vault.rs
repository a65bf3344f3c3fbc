//! The vault's orders. That a value was asked for is on record before what opens it is handed out;
//! nothing here can open it.

use axum::{
    extract::{Request, State as Extract},
    http::StatusCode,
    response::Response,
};
use vigil_proto::{
    hex,
    report::Document,
    vault::{self as words, PurgeOrder, Purged, RevealOrder, Revealed, VaultOn, VaultStatus},
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
use crate::vault::Trouble;

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
        Ok(VaultStatus { on: public.is_some(), public, values, days, trouble })
    });
    Ok(document(Document::v1("vault", status.await?)))
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
