//! What the page and its JavaScript API share: the player, the speed a person chose, and who waits for an answer.

use crate::app::trouble;
use js_sys::{Array, Error, Function};
use kafka_playground::lab::player::{LineError, OPENING, Player, Rate};
use kafka_playground::scene::compose::DisplayList;
use kafka_playground::world::act::CommandId;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// How the cluster's time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speed {
    /// As the director decides.
    Director,
    /// As the person decided.
    Fixed(Rate),
}

/// A line whose answer is still to come, and whom to call with the answer, or with why there is none.
struct Waiting {
    /// None: there is nothing to answer.
    command: Option<CommandId>,
    resolve: Function,
    reject: Function,
}

/// A function of JavaScript, and what it is to be called with.
pub(crate) type Settled = (Function, JsValue);

/// The page's state beside what it shows.
pub(crate) struct Session {
    /// The laboratory with its clock.
    pub player: Player,
    /// The speed.
    pub speed: Speed,
    /// The picture on the screen; the page's.
    pub drawn: Rc<RefCell<DisplayList>>,
    waiting: Vec<Waiting>,
    /// Those who wait for an answer of a run that was left.
    left: Vec<Function>,
    unclaimed: Vec<(CommandId, Vec<String>)>,
    on_change: Option<Rc<dyn Fn()>>,
}

thread_local! {
    static SESSION: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

/// The session, shared by the page and the API; borrowed once a frame, never across a wait.
pub(crate) type Shared = Rc<RefCell<Session>>;

/// The session of this page; the opening scene is run ahead the first time.
pub(crate) fn shared() -> Shared {
    SESSION.with(|slot| slot.borrow_mut().get_or_insert_with(|| Rc::new(RefCell::new(Session::open(OPENING)))).clone())
}

impl Session {
    fn open(scene: &str) -> Session {
        // The scene is the program's own; a test runs it.
        let player = Player::open(scene).unwrap_or_else(|(line, error)| panic!("line {line} of the opening scene: {error}"));
        Session::with(player)
    }

    fn with(player: Player) -> Session {
        Session {
            player,
            speed: Speed::Director,
            drawn: Rc::default(),
            waiting: Vec::new(),
            left: Vec::new(),
            unclaimed: Vec::new(),
            on_change: None,
        }
    }

    /// Puts another run in this one's place; the page that shows it and those who wait remain.
    fn go_on_with(&mut self, next: Session) {
        let mut left = std::mem::take(&mut self.left);
        left.extend(self.waiting.drain(..).map(|one| one.reject));
        *self = Session { on_change: self.on_change.take(), drawn: self.drawn.clone(), left, ..next };
    }

    /// Begins again with the opening scene.
    pub(crate) fn start_over(&mut self) {
        self.go_on_with(Session::open(OPENING));
    }

    /// Begins a run of another scene; the present one can be returned to. What is wrong with the scene is the error, and nothing changes.
    pub(crate) fn load(&mut self, scene: &str) -> Result<(), (usize, LineError)> {
        let player = self.player.open_beside(scene)?;
        self.go_on_with(Session { speed: self.speed, ..Session::with(player) });
        Ok(())
    }

    /// Tells the page of changes from now on.
    pub(crate) fn listen(&mut self, on_change: Option<Rc<dyn Fn()>>) {
        self.on_change = on_change;
    }

    /// Whom to tell that something changed; called when the session is no longer borrowed.
    #[must_use]
    pub(crate) fn changed(&self) -> Option<Rc<dyn Fn()>> {
        self.on_change.clone()
    }

    /// Gives a line; `resolve` is called with its answer when the playhead reaches it, `reject` when the run is left before.
    pub(crate) fn line(&mut self, line: &str, resolve: Function, reject: Function) -> Result<(), LineError> {
        trouble::remember(&self.player);
        trouble::about_to(line);
        let command = self.player.line(line)?;
        self.waiting.push(Waiting { command, resolve, reject });
        Ok(())
    }

    /// Answers that JavaScript waits for and that are here now, or will never be; the others are kept for the page.
    pub(crate) fn take_answered(&mut self) -> Vec<Settled> {
        self.unclaimed.extend(self.player.answers());
        let why = || Error::new("the run was left before the playhead reached the answer").into();
        let mut found: Vec<Settled> = self.left.drain(..).map(|reject| (reject, why())).collect();
        let unclaimed = &mut self.unclaimed;
        self.waiting.retain(|one| {
            let lines = match one.command.map(|command| unclaimed.iter().position(|(answered, _)| *answered == command)) {
                Some(Some(at)) => unclaimed.remove(at).1,
                Some(None) => return true,
                None => Vec::new(),
            };
            let lines: Array = lines.iter().map(|line| JsValue::from_str(line)).collect();
            found.push((one.resolve.clone(), lines.into()));
            false
        });
        found
    }

    /// Answers of commands that the page gave itself.
    pub(crate) fn take_own(&mut self) -> Vec<(CommandId, Vec<String>)> {
        std::mem::take(&mut self.unclaimed)
    }
}

/// Hands answers to those who wait; the session must not be borrowed.
pub(crate) fn hand_out(answered: Vec<Settled>) {
    for (tell, what) in answered {
        // A listener that throws is its own business.
        let _ = tell.call1(&JsValue::NULL, &what);
    }
}
