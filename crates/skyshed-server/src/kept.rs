//! Answers that are kept for as long as what they are about: each is worked out once, however many ask for it at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::body::Sendable;
use crate::problem::Problem;

/// Most answers that are kept; beyond, each is worked out for whoever asks.
pub const ANSWERS_MAX: usize = 512;
/// Most bytes of answers that are kept, before they are packed.
pub const BYTES_MAX: usize = 64 << 20;

type Answer = Arc<OnceLock<Result<Sendable, Problem>>>;

/// Answers by what was asked.
#[derive(Default)]
pub struct Kept(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    answers: HashMap<Box<str>, Answer>,
    bytes: usize,
}

impl Kept {
    /// The answer that is kept, if there is one.
    pub fn get(&self, question: &str) -> Option<Sendable> {
        let answer = self.lock().answers.get(question)?.clone();
        answer.get()?.as_ref().ok().cloned()
    }

    /// The answer to a question, worked out by `make` where nobody has. Waits where somebody is at it.
    ///
    /// # Errors
    /// That of `make`; problems are not kept.
    pub fn get_or_make(
        &self,
        question: &str,
        make: impl FnOnce() -> Result<Sendable, Problem>,
    ) -> Result<Sendable, Problem> {
        let Some(answer) = self.place(question) else { return make() };
        let mut made = false;
        let result = answer.get_or_init(|| {
            made = true;
            make()
        });
        if made {
            self.note(question, result.as_ref().ok());
        }
        result.clone()
    }

    /// Where the answer to a question belongs; `None` where there is no room for another.
    fn place(&self, question: &str) -> Option<Answer> {
        let mut inner = self.lock();
        if let Some(answer) = inner.answers.get(question) {
            return Some(answer.clone());
        }
        if inner.answers.len() >= ANSWERS_MAX || inner.bytes >= BYTES_MAX {
            return None;
        }
        let answer = Answer::default();
        inner.answers.insert(question.into(), answer.clone());
        Some(answer)
    }

    fn note(&self, question: &str, answer: Option<&Sendable>) {
        let mut inner = self.lock();
        match answer {
            Some(answer) => inner.bytes += answer.plain().len(),
            None => drop(inner.answers.remove(question)),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;
    use crate::problem::Kind;

    #[test]
    fn an_answer_is_worked_out_once_for_all_who_ask_at_the_same_time() {
        let (kept, made) = (Kept::default(), AtomicUsize::new(0));
        let make = || {
            made.fetch_add(1, Ordering::Relaxed);
            Ok(Sendable::json("{}".into()))
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| kept.get_or_make("a", make).unwrap());
            }
        });
        assert_eq!(made.load(Ordering::Relaxed), 1);
        assert!(kept.get("a").is_some() && kept.get("b").is_none());
    }

    #[test]
    fn problems_are_not_kept_and_room_is_bounded() {
        let kept = Kept::default();
        assert!(kept.get_or_make("a", || Err(Problem::new(Kind::BadValue, "x"))).is_err());
        assert!(kept.get_or_make("a", || Ok(Sendable::json("{}".into()))).is_ok());
        for n in 0..2 * ANSWERS_MAX {
            kept.get_or_make(&n.to_string(), || Ok(Sendable::json("{}".into()))).unwrap();
        }
        assert_eq!(kept.lock().answers.len(), ANSWERS_MAX);
        let large = Kept::default();
        large.get_or_make("a", || Ok(Sendable::json(" ".repeat(BYTES_MAX)))).unwrap();
        large.get_or_make("b", || Ok(Sendable::json("{}".into()))).unwrap();
        assert!(large.get("a").is_some() && large.get("b").is_none());
    }
}
