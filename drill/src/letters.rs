//! What becomes of messages on their way.

use std::cell::{Cell, RefCell};

use crate::stage::Letter;

/// What becomes of one request and its answer. A count says how many later requests are sent before it arrives; [`Fate::AT_THE_END`]: once
/// the person has been through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It arrives and is answered.
    Arrives,
    /// The request is dropped.
    Lost,
    /// The answer is dropped.
    AnswerLost,
    /// It arrives twice, and the first answer is heard.
    Twice,
    /// It arrives twice, and the second answer is heard.
    TwiceAnsweredLast,
    /// It arrives late, when its sender has given it up: behind later ones.
    Delayed(usize),
    /// It arrives, and once more later.
    Echoed(usize),
}

impl Fate {
    /// Not before the end.
    pub const AT_THE_END: usize = usize::MAX;

    /// Every kind of harm that is done to one message.
    pub fn all() -> Vec<Self> {
        let late = [1, 2, 3, 6, Self::AT_THE_END];
        [Self::Lost, Self::AnswerLost, Self::Twice, Self::TwiceAnsweredLast]
            .into_iter()
            .chain(late.map(Self::Delayed))
            .chain(late.map(Self::Echoed))
            .collect()
    }

    /// Its name, in a case's name.
    pub fn name(self) -> String {
        let when = |count| match count {
            Self::AT_THE_END => "end".to_owned(),
            count => count.to_string(),
        };
        match self {
            Self::Arrives => "arrives".to_owned(),
            Self::Lost => "lost".to_owned(),
            Self::AnswerLost => "answer-lost".to_owned(),
            Self::Twice => "twice".to_owned(),
            Self::TwiceAnsweredLast => "twice-last".to_owned(),
            Self::Delayed(count) => format!("delayed-{}", when(count)),
            Self::Echoed(count) => format!("echoed-{}", when(count)),
        }
    }
}

/// The fates of one device's messages, by their number.
#[derive(Default)]
pub struct Letters {
    fates: RefCell<Vec<(usize, Fate)>>,
    sent: Cell<usize>,
    held: RefCell<Vec<(usize, Letter)>>,
}

impl Letters {
    /// These messages, by their number from the first that is sent, meet these fates.
    pub fn new(fates: Vec<(usize, Fate)>) -> Self {
        Self {
            fates: RefCell::new(fates),
            ..Self::default()
        }
    }

    /// How many were sent.
    pub fn sent(&self) -> usize {
        self.sent.get()
    }

    /// From now on everything arrives, but for what is held up.
    pub fn heal(&self) {
        self.fates.borrow_mut().clear();
    }

    /// Decides of the next message.
    pub fn fate(&self, letter: &Letter) -> Fate {
        let number = self.sent.get();
        self.sent.set(number + 1);
        let fates = self.fates.borrow();
        let fate = fates
            .iter()
            .find(|(of, _)| *of == number)
            .map_or(Fate::Arrives, |(_, fate)| *fate);
        if let Fate::Delayed(later) | Fate::Echoed(later) = fate {
            self.held
                .borrow_mut()
                .push((number.saturating_add(later), letter.clone()));
        }
        fate
    }

    /// What is to arrive before the next message does.
    pub fn due(&self) -> Vec<Letter> {
        let sent = self.sent.get();
        self.take(|arrives| arrives < sent)
    }

    /// Everything that is held up.
    pub fn rest(&self) -> Vec<Letter> {
        self.take(|_| true)
    }

    fn take(&self, wanted: impl Fn(usize) -> bool) -> Vec<Letter> {
        let mut held = self.held.borrow_mut();
        let due = held
            .iter()
            .filter(|(arrives, _)| wanted(*arrives))
            .map(|(_, letter)| letter.clone())
            .collect();
        held.retain(|(arrives, _)| !wanted(*arrives));
        due
    }
}
