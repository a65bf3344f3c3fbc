//! What each side allows the other to send, and how often a client may do what costs little to
//! ask and much to do. Pure.

use std::{collections::VecDeque, time::Instant};

use super::Refusal;

/// The most settings in one frame.
pub(super) const SETTINGS_LEN_MAX: usize = 6 * 64;
/// The most frames of settings that wait to be acknowledged.
const PENDING_MAX: usize = 32;

const HEADER_TABLE_SIZE: u16 = 1;
const MAX_FRAME_SIZE: u16 = 5;
const ENABLE_CONNECT_PROTOCOL: u16 = 8;

const FRAME_SIZES: std::ops::RangeInclusive<u32> = 16_384..=16_777_215;

/// What one side announced and the other has to keep to.
#[derive(Default)]
pub(super) struct Settings {
    agreed: Values,
    /// Not acknowledged yet: the other side may or may not know them.
    pending: VecDeque<Values>,
}

#[derive(Clone, Copy)]
struct Values {
    table: u32,
    frame: u32,
}

impl Default for Values {
    fn default() -> Self {
        Self { table: 4096, frame: 16_384 }
    }
}

impl Settings {
    /// Reads the settings in `payload`. With `tame`, the offer of an extended CONNECT (RFC 8441)
    /// is taken back: it would lead past the gate.
    pub(super) fn announce(&mut self, payload: &mut [u8], tame: bool) -> Result<(), Refusal> {
        if self.pending.len() >= PENDING_MAX {
            return Err(Refusal::Flood);
        }
        let mut values = *self.pending.back().unwrap_or(&self.agreed);
        for setting in payload.chunks_exact_mut(6) {
            let Some(([a, b], value)) = setting.split_first_chunk_mut::<2>() else { continue };
            let Some(bytes) = value.first_chunk::<4>() else { continue };
            let number = u32::from_be_bytes(*bytes);
            match u16::from_be_bytes([*a, *b]) {
                HEADER_TABLE_SIZE => values.table = number,
                MAX_FRAME_SIZE if FRAME_SIZES.contains(&number) => values.frame = number,
                MAX_FRAME_SIZE => return Err(Refusal::Framing),
                ENABLE_CONNECT_PROTOCOL if tame => value.fill(0),
                _ => {}
            }
        }
        self.pending.push_back(values);
        Ok(())
    }

    /// The other side acknowledges the oldest settings that it has not acknowledged.
    pub(super) fn acknowledge(&mut self) {
        if let Some(values) = self.pending.pop_front() {
            self.agreed = values;
        }
    }

    /// How large the other side may have made its HPACK table.
    pub(super) fn table_max(&self) -> usize {
        self.most(|values| values.table)
    }

    /// How long the other side's frames may be.
    pub(super) fn frame_max(&self) -> usize {
        self.most(|values| values.frame)
    }

    fn most(&self, of: impl Fn(&Values) -> u32) -> usize {
        let most = self.pending.iter().map(&of).fold(of(&self.agreed), u32::max);
        usize::try_from(most).unwrap_or(usize::MAX)
    }
}

/// Lets `burst` through at once and so many `a_second` in the long run.
pub(super) struct Rate {
    burst: u32,
    a_second: u32,
    left: u32,
    filled: Option<Instant>,
}

impl Rate {
    pub(super) const fn new(burst: u32, a_second: u32) -> Self {
        Self { burst, a_second, left: burst, filled: None }
    }

    /// One more.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Refusal> {
        let filled = *self.filled.get_or_insert(now);
        let millis = now.saturating_duration_since(filled).as_millis();
        let more = u32::try_from(millis * u128::from(self.a_second) / 1000).unwrap_or(u32::MAX);
        if more > 0 {
            self.left = self.left.saturating_add(more).min(self.burst);
            self.filled = Some(now);
        }
        self.left = self.left.checked_sub(1).ok_or(Refusal::Flood)?;
        Ok(())
    }
}
