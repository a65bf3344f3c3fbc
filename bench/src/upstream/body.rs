//! Bodies of the upstream's answers.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::{sync::mpsc, time};

use crate::{
    answers::{self, Shape},
    pattern,
};

#[derive(Debug)]
pub(super) enum Body {
    /// All at once; nothing once it is given.
    Whole(Bytes),
    /// Known bytes, from a place to an end.
    Bytes { place: u64, end: u64 },
    /// Each as it comes.
    Events(mpsc::Receiver<Bytes>),
}

impl Body {
    pub(super) fn whole(body: Bytes) -> Self {
        Self::Whole(body)
    }

    pub(super) fn bytes(end: u64) -> Self {
        Self::Bytes { place: 0, end }
    }

    pub(super) fn events(number: u64, shape: Shape) -> Self {
        let (to, events) = mpsc::channel(1);
        tokio::spawn(async move {
            let start = time::Instant::now();
            for n in 0..shape.events {
                let due = Duration::from_millis(shape.every_ms.into()) * n;
                if !due.is_zero() {
                    time::sleep_until(start + due).await;
                }
                // The time in it is taken when there is room.
                let Ok(place) = to.reserve().await else { return };
                place.send(answers::event(number, shape, n).into());
            }
        });
        Self::Events(events)
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            Self::Whole(body) => Some(std::mem::take(body)).filter(|body| !body.is_empty()),
            Self::Bytes { place, end } => {
                let left = usize::try_from(*end - *place).unwrap_or(usize::MAX);
                let piece = pattern::from(*place);
                let piece = piece.get(..left).unwrap_or(piece);
                *place += piece.len() as u64;
                Some(Bytes::from_static(piece)).filter(|piece| !piece.is_empty())
            }
            Self::Events(events) => ready!(events.poll_recv(context)),
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_empty(),
            Self::Bytes { place, end } => place == end,
            Self::Events(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => SizeHint::with_exact(body.len() as u64),
            Self::Bytes { place, end } => SizeHint::with_exact(end - place),
            Self::Events(_) => SizeHint::default(),
        }
    }
}
