//! The guard itself. It does all that is done to the settings, so that what it has begun it can also
//! end: nobody else is at them while it lives.

use std::{
    io::{self, BufRead as _, Read as _, Write as _},
    thread,
    time::Duration,
};

use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};
use vigil_platform::sysproxy::{Keeper, Restored, Route, SysProxyError, pac};
use vigil_proto::{change::Changed, rpc::Port};

use super::{LINE_MAX, Mode, Order, Places, Said, note, served, warn, why};

/// How often putting back is tried. A service manager that ends everything at once also ends the
/// programs that this needs.
const TRIES: u32 = 6;

/// The first pause between two tries; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(250);

/// The guard's whole life: puts back what is left over; then waits for an order at standard input,
/// follows it, and undoes it when that input ends or somebody wants it to stop. Without an order it
/// ends at once.
///
/// # Errors
/// The settings cannot be put back, or the operating system refuses the simplest things.
pub fn run(places: &Places) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(guard(places))
}

async fn guard(places: &Places) -> anyhow::Result<()> {
    // First of all: a signal must not end it between a change and its undoing.
    let mut signals = Signals::listen()?;
    let keeper = places.keeper()?;
    if let Some(restored) = keeper.restore()? {
        super::put_back(&places.state, &restored);
    }
    let (order, mut end) = inlet()?;
    let order = tokio::select! {
        order = order => order.ok(),
        () = signals.any() => None,
    };
    let Some(order) = order else {
        return Ok(());
    };
    let followed = follow(&keeper, &order).await;
    // What cannot be noted is not done.
    match followed.and_then(|()| Ok(note(&places.state, Changed::SystemProxyOn, &order.words())?)) {
        Ok(()) => say(&Said::On),
        Err(error) => {
            say(&Said::Refused { why: why(error.as_ref()) });
            if let Err(error) = put_back(&keeper) {
                say(&Said::Failed { why: why(&error) });
            }
            return Ok(());
        }
    }
    tokio::select! {
        _ = &mut end => {}
        () = signals.any() => {}
    }
    match put_back(&keeper) {
        Ok(restored) => {
            say(&Said::Restored { words: restored.to_string() });
            super::put_back(&places.state, &restored);
            Ok(())
        }
        Err(error) => {
            say(&Said::Failed { why: why(&error) });
            warn("the system's proxy settings were not put back", &error);
            Err(error.into())
        }
    }
}

async fn follow(keeper: &Keeper<'_>, order: &Order) -> Result<(), Box<dyn std::error::Error>> {
    let proxy = Port::new(order.proxy)?;
    let route = match order.mode {
        Mode::Manual => Route::Manual { proxy },
        Mode::Pac => {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            let served_at = Port::new(listener.local_addr()?.port())?;
            tokio::spawn(served::script(listener, pac::text(&order.hosts, proxy)));
            Route::Pac { served_at }
        }
    };
    Ok(keeper.enable(route)?)
}

fn put_back(keeper: &Keeper<'_>) -> Result<Restored, SysProxyError> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match keeper.restore() {
            Ok(restored) => return Ok(restored.unwrap_or(Restored::Original)),
            Err(error) => warn("the settings are not put back yet", &error),
        }
        thread::sleep(pause);
        pause *= 2;
    }
    keeper.restore().map(|restored| restored.unwrap_or(Restored::Original))
}

/// The order, and the end of the pipe that it came by. Read in a thread that nobody waits for: it
/// lasts for as long as the agent.
fn inlet() -> io::Result<(oneshot::Receiver<Order>, oneshot::Receiver<()>)> {
    let (give, order) = oneshot::channel();
    let (close, end) = oneshot::channel::<()>();
    thread::Builder::new().name("inlet".to_owned()).spawn(move || {
        // Dropped with the thread's end, which is what is waited for.
        let _close = close;
        let mut input = io::stdin().lock();
        let mut line = Vec::new();
        if (&mut input).take(LINE_MAX).read_until(b'\n', &mut line).is_err()
            || !line.ends_with(b"\n")
        {
            return;
        }
        let Ok(order) = serde_json::from_slice(&line) else {
            return;
        };
        if give.send(order).is_ok() {
            let _ = io::copy(&mut input, &mut io::sink());
        }
    })?;
    Ok((order, end))
}

/// A line to the agent, which may be gone.
fn say(said: &Said) {
    let Ok(mut line) = serde_json::to_vec(said) else {
        return;
    };
    line.push(b'\n');
    let mut out = io::stdout().lock();
    let _ = out.write_all(&line).and_then(|()| out.flush());
}

/// What ends the guard besides the pipe.
struct Signals {
    term: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
