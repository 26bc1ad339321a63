//! A second checker, `stateright`, counts the same states and finds the same faults: ours is not all that there is to trust.

use model::{
    ALL_AT_ONCE, Action, DEVICES, Graph, ONE, Property, Rule, Setting, State, TABS, Until, actions, begin, next,
};
use stateright::{Checker, Model};

struct Checked {
    setting: Setting,
    actions: Vec<Action>,
}

impl Checked {
    fn new(setting: Setting) -> Self {
        Self {
            setting,
            actions: actions(&setting),
        }
    }
}

macro_rules! always {
    ($($property:ident),*) => {
        vec![$(stateright::Property::always(Property::$property.id(), |model: &Checked, state: &State| {
            Property::$property.holds(&model.setting, state)
        })),*]
    };
}

impl Model for Checked {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![begin(&self.setting)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let can = |action: &&Action| next(&self.setting, state, **action).is_some();
        actions.extend(self.actions.iter().filter(can));
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        next(&self.setting, state, action).map(|next| next.state)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        always![
            HeldByBoth,
            OneSigns,
            OldSilent,
            SameKey,
            Proved,
            PasskeyStays,
            NoPile,
            CopyKept,
            PromotedLived,
            OneLine,
            Again
        ]
    }
}

#[test]
fn it_counts_the_same_states_and_finds_nothing() {
    let one = Setting {
        replays: false,
        ..ALL_AT_ONCE
    };
    for setting in [ONE, one, TABS, DEVICES] {
        assert_eq!(Checked::new(setting).properties().len(), Property::ALL.len());
        let checker = Checked::new(setting).checker().spawn_bfs().join();
        checker.assert_properties();
        let ours = Graph::explore(setting, Until::Exhausted);
        assert_eq!(checker.unique_state_count(), ours.states(), "{}", setting.name);
    }
}

#[test]
fn it_finds_the_same_faults() {
    for (rule, property) in [
        (&[Rule::ResumeEnds], Property::PasskeyStays),
        (&[Rule::ResumeFirst], Property::PasskeyStays),
        (&[Rule::CommitNamed], Property::Again),
        (&[Rule::RetireInCommit], Property::OldSilent),
    ] {
        let setting = ONE.without(rule);
        let ours = Graph::explore(setting, Until::Exhausted);
        let (_, way) = ours.broken().find(|(broken, _)| *broken == property).unwrap();
        let checker = Checked::new(setting).checker().spawn_bfs().join();
        let theirs = checker.discovery(property.id()).unwrap();
        // Its way need not be the shortest.
        assert!(theirs.into_actions().len() >= way.len(), "{rule:?}");
    }
}
