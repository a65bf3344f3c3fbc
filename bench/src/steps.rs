//! The steps of a round: each gives its load, checks every answer, and says what it measured. The
//! clock starts when all connections stand, except where connections are what is measured.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::{io::AsyncReadExt as _, io::AsyncWriteExt as _, task::JoinSet, time::sleep};

use crate::{
    answers::Shape,
    client::{Client, Connection, Protocol},
    meter::Meter,
    pattern, stats,
};

/// Connections at a time that ask as fast as they are answered.
const CONNECTIONS: u32 = 8;
/// How long they do it.
const ASKING: Duration = Duration::from_secs(3);
/// Lanes in which new connections are made.
const NEWCOMERS: u32 = 4;
/// Lanes of unhurried streams, and the streams one after another in each.
const LANES: u32 = 10;
const STREAMS_EACH: u32 = 4;
const UNHURRIED: Shape = Shape { events: 50, every_ms: 10, text: 24 };
/// Streams at the same time.
const CROWD: u32 = 200;
const CROWDED: Shape = Shape { events: 100, every_ms: 50, text: 24 };
/// Streams begin so far apart: nobody's agents ask all at once.
const APART: Duration = Duration::from_millis(5);
/// Bytes through the blind tunnel.
const TUNNELLED: u32 = 2_000_000_000;
/// A large body, and its slow reader's speed in bytes a second.
const LARGE: u32 = 64_000_000;
const SLOW: u32 = 20_000_000;
/// About as much as an answer of the model.
const LARGE_ANSWER: Shape = Shape { events: 4_000, every_ms: 0, text: 15_900 };
/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What a step measures; the unit is in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    FirstEventMs,
    EventDelayMs,
    Http1PerSecond,
    Http1CpuMs,
    Http2PerSecond,
    Http2CpuMs,
    ConnectionsPerSecond,
    ConnectionCpuMs,
    TunnelMbPerSecond,
    TunnelCpuPerGb,
    CrowdMb,
    BeforeCrowdMb,
    BodyGrowthMb,
    SlowBodyGrowthMb,
    AnswerGrowthMb,
    RecordedPercent,
}

pub(crate) type Measured = Vec<(Measure, f64)>;

/// In the order of a round. Growth comes first, in a process that has done nothing yet: later it
/// would hide in what was freed. The crowd comes after the speed, in a process that has done much,
/// and what has no target last, where it is in nobody's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    WarmUp,
    Body,
    SlowBody,
    Tunnel,
    Stream,
    Http1,
    Http2,
    Connections,
    Crowd,
    Answer,
}

impl Step {
    pub(crate) const ALL: [Self; 10] = [
        Self::WarmUp,
        Self::Body,
        Self::SlowBody,
        Self::Tunnel,
        Self::Stream,
        Self::Http1,
        Self::Http2,
        Self::Connections,
        Self::Crowd,
        Self::Answer,
    ];

    /// In words, for progress and errors.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::WarmUp => "one of each",
            Self::Body => "a large body",
            Self::SlowBody => "a large body, slowly",
            Self::Answer => "a large answer",
            Self::Tunnel => "blind tunnel",
            Self::Stream => "event streams",
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
            Self::Connections => "new connections",
            Self::Crowd => "200 streams",
        }
    }

    /// Whether it measures the way itself, not what a proxy uses: the others mean nothing for going
    /// directly.
    pub(crate) fn is_of_the_way(self) -> bool {
        match self {
            Self::WarmUp
            | Self::Tunnel
            | Self::Stream
            | Self::Http1
            | Self::Http2
            | Self::Connections => true,
            Self::Body | Self::SlowBody | Self::Answer | Self::Crowd => false,
        }
    }

    /// Does it. `meter` is the proxy's.
    pub(crate) async fn run(self, client: &Client, meter: Option<Meter>) -> Result<Measured> {
        match self {
            Self::WarmUp => warm_up(client).await,
            Self::Body => {
                let mut to = client.connect(Protocol::Http1).await?;
                let work = async move { to.bytes(LARGE.into(), None).await };
                growth(meter, Measure::BodyGrowthMb, work).await
            }
            Self::SlowBody => {
                let mut to = client.connect(Protocol::Http1).await?;
                let work = async move { to.bytes(LARGE.into(), Some(SLOW)).await };
                growth(meter, Measure::SlowBodyGrowthMb, work).await
            }
            Self::Answer => {
                let mut to = client.connect(Protocol::Http1).await?;
                let work = async move { to.stream(LARGE_ANSWER).await.map(drop) };
                growth(meter, Measure::AnswerGrowthMb, work).await
            }
            Self::Tunnel => tunnel(client, meter).await,
            Self::Stream => streams(client).await,
            Self::Http1 => {
                let measures = [Measure::Http1PerSecond, Measure::Http1CpuMs];
                requests(client, meter, Protocol::Http1, measures).await
            }
            Self::Http2 => {
                let measures = [Measure::Http2PerSecond, Measure::Http2CpuMs];
                requests(client, meter, Protocol::Http2, measures).await
            }
            Self::Connections => connections(client, meter).await,
            Self::Crowd => crowd(client, meter).await,
        }
    }
}

/// Every way once: certificates are made, and whoever cannot do it says so before anything is timed.
async fn warm_up(client: &Client) -> Result<Measured> {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut to = client.connect(protocol).await?;
        to.ask().await?;
        to.stream(Shape { every_ms: 1, ..UNHURRIED }).await?;
        to.bytes(100_000, None).await?;
    }
    client.connect_blind().await?.greet().await?;
    pour(client, 100_000).await?;
    Ok(Vec::new())
}

/// Takes so many bytes through the blind tunnel.
async fn pour(client: &Client, count: u64) -> Result<()> {
    let mut stream = client.connect_raw().await?;
    stream.write_u64(count).await?;
    let (mut place, mut buffer) = (0, vec![0; 256 * 1024]);
    loop {
        let length = stream.read(&mut buffer).await?;
        let piece = buffer.get(..length).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        ensure!(pattern::is_at(place, piece), "bytes arrived changed through the blind tunnel");
        place += length as u64;
    }
    ensure!(place == count, "{place} bytes arrived of {count} through the blind tunnel");
    Ok(())
}

async fn tunnel(client: &Client, meter: Option<Meter>) -> Result<Measured> {
    let (cpu, start) = (Cpu::begin(meter), Instant::now());
    pour(client, TUNNELLED.into()).await?;
    let mb = f64::from(TUNNELLED) / 1e6;
    let mut measured = vec![(Measure::TunnelMbPerSecond, mb / start.elapsed().as_secs_f64())];
    measured
        .extend(cpu.end().await.map(|cpu| (Measure::TunnelCpuPerGb, cpu.as_secs_f64() / mb * 1e3)));
    Ok(measured)
}

/// Unhurried streams, each on a connection of its own.
async fn streams(client: &Client) -> Result<Measured> {
    let mut lanes = JoinSet::new();
    for lane in 0..LANES {
        let client = client.clone();
        lanes.spawn(async move {
            sleep(APART * lane).await;
            let mut streamed = Vec::new();
            for _ in 0..STREAMS_EACH {
                streamed.push(client.connect(Protocol::Http1).await?.stream(UNHURRIED).await?);
            }
            anyhow::Ok(streamed)
        });
    }
    let (mut firsts, mut delays) = (Vec::new(), Vec::new());
    while let Some(lane) = lanes.join_next().await {
        for streamed in lane?? {
            firsts.push(streamed.first.as_secs_f64() * 1e3);
            delays.extend(streamed.delays);
        }
    }
    let nothing = "no event arrived";
    Ok(vec![
        (Measure::FirstEventMs, stats::median(&firsts).context(nothing)?),
        (Measure::EventDelayMs, stats::median(&delays).context(nothing)?),
    ])
}

/// Whole answers, as fast as a few connections can ask.
async fn requests(
    client: &Client,
    meter: Option<Meter>,
    protocol: Protocol,
    [rate, cost]: [Measure; 2],
) -> Result<Measured> {
    let mut ready: Vec<Connection> = Vec::new();
    for _ in 0..CONNECTIONS {
        ready.push(client.connect(protocol).await?);
    }
    let (cpu, start) = (Cpu::begin(meter), Instant::now());
    let mut lanes = JoinSet::new();
    for mut to in ready {
        lanes.spawn(async move {
            let mut answers = 0_u32;
            while start.elapsed() < ASKING {
                to.ask().await?;
                answers += 1;
            }
            anyhow::Ok(answers)
        });
    }
    per_second(lanes, start, cpu, [rate, cost]).await
}

/// A new connection and one small request on it. The request belongs to it: some proxies dial only
/// when they must.
async fn connections(client: &Client, meter: Option<Meter>) -> Result<Measured> {
    let (cpu, start) = (Cpu::begin(meter), Instant::now());
    let mut lanes = JoinSet::new();
    for _ in 0..NEWCOMERS {
        let client = client.clone();
        lanes.spawn(async move {
            let mut made = 0_u32;
            while start.elapsed() < ASKING {
                client.connect(Protocol::Http1).await?.greet().await?;
                made += 1;
            }
            anyhow::Ok(made)
        });
    }
    per_second(lanes, start, cpu, [Measure::ConnectionsPerSecond, Measure::ConnectionCpuMs]).await
}

async fn per_second(
    mut lanes: JoinSet<Result<u32>>,
    start: Instant,
    cpu: Cpu,
    [rate, cost]: [Measure; 2],
) -> Result<Measured> {
    let mut count = 0;
    while let Some(lane) = lanes.join_next().await {
        count += lane??;
    }
    let count = f64::from(count);
    let mut measured = vec![(rate, count / start.elapsed().as_secs_f64())];
    measured.extend(cpu.end().await.map(|cpu| (cost, cpu.as_secs_f64() * 1e3 / count)));
    Ok(measured)
}

/// Many streams at the same time; the most memory that was held meanwhile.
async fn crowd(client: &Client, meter: Option<Meter>) -> Result<Measured> {
    let client = client.clone();
    let work = async move {
        let mut streams = JoinSet::new();
        for n in 0..CROWD {
            let client = client.clone();
            streams.spawn(async move {
                sleep(APART * n).await;
                client.connect(Protocol::Http1).await?.stream(CROWDED).await.map(drop)
            });
        }
        while let Some(stream) = streams.join_next().await {
            stream??;
        }
        Ok(())
    };
    let Some((before, most)) = most_memory(meter, work).await? else { return Ok(Vec::new()) };
    Ok(vec![(Measure::BeforeCrowdMb, before), (Measure::CrowdMb, most)])
}

async fn growth(
    meter: Option<Meter>,
    measure: Measure,
    work: impl Future<Output = Result<()>> + Send + 'static,
) -> Result<Measured> {
    let memory = most_memory(meter, work).await?;
    Ok(memory.map(|(before, most)| (measure, most - before)).into_iter().collect())
}

/// Memory before and the most during `work`, in megabytes.
async fn most_memory(
    meter: Option<Meter>,
    work: impl Future<Output = Result<()>> + Send + 'static,
) -> Result<Option<(f64, f64)>> {
    let look = || meter.and_then(Meter::memory);
    let before = look();
    let mut most = before;
    let mut work = tokio::spawn(work);
    loop {
        tokio::select! {
            done = &mut work => {
                done??;
                break;
            }
            () = sleep(LOOK) => most = look().into_iter().chain(most).reduce(f64::max),
        }
    }
    let after = look().into_iter().chain(most).reduce(f64::max);
    Ok(before.zip(after))
}

/// CPU time of the proxy from the beginning of a step until it has done all that came of it.
struct Cpu {
    meter: Option<Meter>,
    before: Option<Duration>,
}

impl Cpu {
    fn begin(meter: Option<Meter>) -> Self {
        Self { meter, before: meter.and_then(Meter::cpu) }
    }

    async fn end(self) -> Option<Duration> {
        let meter = self.meter?;
        meter.rests().await;
        Some(meter.cpu()?.saturating_sub(self.before?))
    }
}

#[cfg(test)]
mod tests;
