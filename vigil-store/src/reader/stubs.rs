//! Signatures of what is being built.

use vigil_proto::{Timestamp, report::UsageFigures, view};

use super::Reader;
use crate::error::Error;

#[expect(missing_docs, clippy::unused_self, reason = "to be replaced")]
impl Reader {
    pub fn density(
        &self,
        _from: Option<Timestamp>,
        _to: Timestamp,
    ) -> Result<view::Density, Error> {
        Ok(view::Density::default())
    }
    pub fn analytics(
        &self,
        q: &view::AnalyticsQuery,
        zone: &str,
        now: Timestamp,
    ) -> Result<view::Analytics, Error> {
        Ok(view::Analytics {
            from: q.from.unwrap_or(now),
            to: q.to.unwrap_or(now),
            time_zone: zone.to_owned(),
            buckets: Vec::new(),
            step: 900,
            series: Vec::new(),
            total: UsageFigures::default(),
            before: UsageFigures::default(),
            models: Vec::new(),
            clients: Vec::new(),
            projects: Vec::new(),
            tools: Vec::new(),
            first: None,
        })
    }
    pub fn machine(&self, since: Timestamp) -> Result<view::Machine, Error> {
        Ok(view::Machine {
            since,
            processes: view::Recorded {
                recorded: false,
                by: String::new(),
                rows: Vec::new(),
                more: 0,
            },
            connections: view::Recorded {
                recorded: false,
                by: String::new(),
                rows: Vec::new(),
                more: 0,
            },
            files: view::Recorded { recorded: false, by: String::new(), rows: Vec::new(), more: 0 },
        })
    }
    pub fn digest(&self, from: Timestamp, to: Timestamp) -> Result<view::Digest, Error> {
        Ok(view::Digest { from, to, ..Default::default() })
    }
}
