//! Whose processes are behind the proxy's clients. The proxy announces each client and goes on at
//! once; whoever knows the processes looks them up beside it; what is recorded of a connection asks
//! for the answer when it is needed.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use vigil_proto::event::ProcessRef;

/// The most clients that wait to be looked up; further ones stay unknown.
const WAITING: usize = 4096;
/// The most processes that are remembered as the proxy's clients.
const REMEMBERED: usize = 256;

/// The proxy's clients. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Callers(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    came: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    /// Somebody looks them up.
    is_served: bool,
    waiting: VecDeque<Question>,
    /// The last processes that were found, each once.
    found: VecDeque<ProcessRef>,
}

/// A client to be looked up. Dropped without an answer, it stays unknown.
#[derive(Debug)]
pub struct Question {
    /// The socket that it holds.
    pub inode: u64,
    slot: Arc<Slot>,
}

/// Where a client's process will be told.
#[derive(Clone, Debug, Default)]
pub struct Caller(Option<Arc<Slot>>);

#[derive(Debug, Default)]
struct Slot {
    answer: Mutex<Answer>,
    came: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Answer {
    #[default]
    Pending,
    Unknown,
    Is(ProcessRef),
}

impl Callers {
    /// A client whose socket is `inode`. Never waits.
    pub fn announce(&self, inode: u64) -> Caller {
        let mut queue = lock(&self.0.queue);
        if !queue.is_served || queue.waiting.len() >= WAITING {
            return Caller(None);
        }
        let slot = Arc::<Slot>::default();
        queue.waiting.push_back(Question { inode, slot: Arc::clone(&slot) });
        drop(queue);
        self.0.came.notify_one();
        Caller(Some(slot))
    }

    /// Begins to look clients up, until the result is dropped. Before and after that nobody waits
    /// for an answer.
    pub fn serve(&self) -> Served {
        lock(&self.0.queue).is_served = true;
        Served(self.clone())
    }

    /// The processes that were the proxy's clients last, each once.
    pub fn found(&self) -> Vec<ProcessRef> {
        lock(&self.0.queue).found.iter().copied().collect()
    }
}

/// The right to answer.
#[derive(Debug)]
pub struct Served(Callers);

impl Served {
    /// Those who wait, once there are any or after `patience`.
    pub fn wait(&self, patience: Duration) -> Vec<Question> {
        let shared = &self.0.0;
        let (mut queue, _) = shared
            .came
            .wait_timeout_while(lock(&shared.queue), patience, |queue| queue.waiting.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        queue.waiting.drain(..).collect()
    }

    /// Answers one of them.
    pub fn answer(&self, question: &Question, process: ProcessRef) {
        let mut queue = lock(&self.0.0.queue);
        queue.found.retain(|found| *found != process);
        if queue.found.len() >= REMEMBERED {
            queue.found.pop_front();
        }
        queue.found.push_back(process);
        drop(queue);
        question.slot.settle(Answer::Is(process));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let mut queue = lock(&self.0.0.queue);
        queue.is_served = false;
        queue.waiting.clear();
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.slot.settle(Answer::Unknown);
    }
}

impl Slot {
    /// The first answer counts.
    fn settle(&self, answer: Answer) {
        let mut slot = lock(&self.answer);
        if *slot == Answer::Pending {
            *slot = answer;
            self.came.notify_all();
        }
    }
}

impl Caller {
    /// The client's process, where it could be found; waits for the answer no longer than
    /// `patience`.
    pub fn process(&self, patience: Duration) -> Option<ProcessRef> {
        let slot = self.0.as_ref()?;
        let (answer, _) = slot
            .came
            .wait_timeout_while(lock(&slot.answer), patience, |it| *it == Answer::Pending)
            .unwrap_or_else(PoisonError::into_inner);
        match *answer {
            Answer::Is(process) => Some(process),
            Answer::Pending | Answer::Unknown => None,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
