//! Each rule taken away: what it holds up falls.

use std::sync::LazyLock;

use model::{ALL_AT_ONCE, Graph, Property, Rule, SYNCED, Setting, TABS, Until};

use crate::told;

/// What is expected to fail without a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Falls {
    /// A property.
    Property(Property),
    /// That a quiet network ends well.
    GoodEnd,
    /// Nothing: the rule is there for another reason.
    Nothing,
}

/// A rule taken away, and what came of it.
pub(crate) struct Mutant {
    pub(crate) rule: Rule,
    pub(crate) setting: Setting,
    pub(crate) falls: Falls,
    /// The steps of the shortest way there.
    pub(crate) steps: usize,
}

/// Without requests that come again, which [`Property::Again`] looks at in every state anyway.
const ONE: Setting = Setting {
    name: "one page",
    replays: false,
    ..ALL_AT_ONCE
};

fn expected(rule: Rule) -> (Setting, Falls) {
    let property = Falls::Property;
    match rule {
        Rule::ResumeEnds | Rule::ResumeFirst | Rule::SealFirst | Rule::RefusalKeeps => {
            (ONE, property(Property::PasskeyStays))
        }
        Rule::HandlePerBrowser => (SYNCED, property(Property::PasskeyStays)),
        Rule::HandleKept | Rule::HandleFirst => (ONE, property(Property::NoPile)),
        Rule::SealEarly => (ONE, Falls::Nothing),
        Rule::CopyAtConfirm => (ONE, property(Property::HeldByBoth)),
        Rule::PromoteKnown => (ONE, property(Property::PromotedLived)),
        Rule::WebLock => (TABS, property(Property::PasskeyStays)),
        Rule::CommitNamed => (ONE, property(Property::Again)),
        Rule::CommitProved => (ONE, property(Property::SameKey)),
        Rule::FollowsLive => (ONE, property(Property::OneLine)),
        Rule::PrepareEnds | Rule::Restores => (ONE, Falls::GoodEnd),
        Rule::RetireInCommit | Rule::LookAgain => (ONE, property(Property::OldSilent)),
        Rule::PendingSilent => (ONE, property(Property::OneSigns)),
        Rule::TicketBound | Rule::OwnerOnly => (ONE, property(Property::Proved)),
    }
}

fn of(rule: Rule) -> Mutant {
    let rules = Rule::ALL.iter().position(|other| *other == rule).unwrap();
    let (setting, falls) = expected(rule);
    let graph = Graph::explore(setting.without(&Rule::ALL[rules..=rules]), Until::Broken);
    let broken: Vec<_> = graph.broken().collect();
    let stuck = graph.stuck();
    let way = match falls {
        Falls::Property(property) => broken
            .into_iter()
            .find(|(broken, _)| *broken == property)
            .map(|(_, way)| way),
        Falls::GoodEnd => stuck.filter(|_| broken.is_empty()),
        Falls::Nothing => (broken.is_empty() && stuck.is_none()).then(Vec::new),
    };
    let way = way.unwrap_or_else(|| panic!("{rule:?} taken away: {falls:?} expected"));
    println!("{}, {}: {falls:?} after{}", rule.without(), setting.name, told(&way));
    Mutant {
        rule,
        setting,
        falls,
        steps: way.len(),
    }
}

/// Every rule, taken away by itself.
pub(crate) static MUTANTS: LazyLock<Vec<Mutant>> = LazyLock::new(|| Rule::ALL.iter().copied().map(of).collect());

#[test]
fn without_any_one_rule_the_property_falls_that_it_holds_up() {
    assert_eq!(MUTANTS.len(), Rule::ALL.len());
}
