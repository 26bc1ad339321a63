//! One run: the script is played, the person comes to the end, the verdict is given.

use wallet::WalletType;

use crate::{
    person::{self, Visits, Wish},
    point::Point,
    stage::{Scene, Script, Stage},
    verdict::{self, Harm},
};

/// What a run showed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Every point that was passed, and how many strikes had fallen by then.
    pub passed: Vec<(Point, usize)>,
    /// How many messages the device sent.
    pub sent: usize,
    /// How the person came to the end.
    pub visits: Visits,
    /// What did not hold.
    pub harm: Option<Harm>,
}

/// Plays a script, by itself on this thread.
pub fn play(types: &[WalletType], script: Script) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(perform(types, script))
}

async fn perform(types: &[WalletType], script: Script) -> Outcome {
    let scene = script.scene;
    let stage = Stage::set(types, script).await;
    let visits = act(&stage, scene).await;
    stage.letters.heal();
    // What was on its way all the time arrives now: it must change nothing.
    stage.line().deliver_rest().await;
    stage.tower.quiet().await;
    stage.fuse.arm(false);
    stage.fuse.reopen();
    let sent = stage.letters.sent();
    let (visits, harm) = match visits {
        Ok(visits) => (visits, verdict::settled(&stage.end().await, visits.died).await.err()),
        Err(said) => (
            Visits::default(),
            Some(verdict::given_up(&stage.end().await, said).await),
        ),
    };
    Outcome {
        passed: stage.fuse.log(),
        sent,
        visits,
        harm,
    }
}

/// Plays the scene's acts, with the fuse armed in those that are drilled.
async fn act(stage: &Stage, scene: Scene) -> Result<Visits, String> {
    let claim = async || person::visit_until_it_signs(stage, Wish::Sign).await;
    stage.fuse.arm(matches!(scene, Scene::Claim | Scene::Whole));
    let mut visits = claim().await?;
    stage.fuse.arm(true);
    if matches!(scene, Scene::Restore | Scene::Whole) {
        stage.memory.forget("pairing/");
        visits += claim().await?;
        stage.memory.forget("");
        visits += claim().await?;
    }
    if matches!(scene, Scene::Rotate | Scene::Whole) {
        visits += person::visit_until_it_signs(stage, Wish::Rotate).await?;
    }
    Ok(visits)
}
