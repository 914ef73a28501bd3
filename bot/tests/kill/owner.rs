//! The owner: reads what comes and presses buttons, often twice, sometimes late, whether the bot is alive or not.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sandbox::telegram::{Author, Message, OWNER, TelegramServer};
use tokio::task::JoinHandle;

use crate::dice::Dice;
use crate::stage::Stage;

const LOOK: Duration = Duration::from_millis(60);
/// Only the newest messages are read again.
const READ: usize = 60;
const COMMANDS: [&str; 6] = ["/home", "/open", "/stats", "/brier", "/health", "/why"];

/// One press of a button.
#[derive(Debug, Clone)]
pub(crate) struct Press {
    pub(crate) query: String,
    pub(crate) message: i64,
    pub(crate) label: String,
}

/// Everything the owner did.
#[derive(Debug, Default)]
pub(crate) struct Acts {
    pub(crate) presses: Vec<Press>,
    pub(crate) written: usize,
}

/// See the module.
pub(crate) struct Owner {
    done: Arc<AtomicBool>,
    task: JoinHandle<Acts>,
}

struct Hand {
    telegram: TelegramServer,
    dice: Dice,
    acts: Acts,
    /// Buttons thought about already: message and data.
    seen: HashSet<(i64, String)>,
    /// Presses to come: of a screen another device still shows.
    late: Vec<(Instant, i64, String, String)>,
}

impl Owner {
    pub(crate) fn start(stage: &Stage, seed: u64) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let mut hand = Hand {
            telegram: stage.telegram.clone(),
            dice: Dice::new(seed ^ 0x0077_6e65_7200),
            acts: Acts::default(),
            seen: HashSet::new(),
            late: Vec::new(),
        };
        let until = Arc::clone(&done);
        let task = tokio::spawn(async move {
            while !until.load(Ordering::Relaxed) {
                hand.look();
                tokio::time::sleep(LOOK).await;
            }
            hand.acts
        });
        Self { done, task }
    }

    /// Puts the phone away.
    pub(crate) async fn stop(self) -> Acts {
        self.done.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

impl Hand {
    fn look(&mut self) {
        let messages = self.telegram.messages(OWNER);
        for message in messages.iter().rev().take(READ).filter(|message| message.author == Author::Bot) {
            self.read(message);
        }
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.late).into_iter().partition(|(at, ..)| *at <= now);
        self.late = later;
        let due: Vec<(Instant, i64, String, String)> = due;
        for (_, message, label, data) in due {
            self.press(message, &label, &data);
        }
        if self.dice.percent(3) {
            let command = COMMANDS[self.dice.below(COMMANDS.len())];
            self.telegram.as_user(OWNER).say(command).unwrap();
            self.acts.written += 1;
        }
    }

    fn read(&mut self, message: &Message) {
        for button in message.buttons().into_iter().flatten() {
            let Some(data) = button.data else { continue };
            if !self.seen.insert((message.id, data.clone())) {
                continue;
            }
            let label = button.label.as_str();
            let share = match label {
                _ if label.contains("Approve") => 75,
                _ if label.contains("Half") || label.contains("Skip") => 12,
                _ if label.contains("anyway") => 80,
                _ if label.contains("Sell now") => 60,
                _ if label.contains("Close") => 25,
                _ if label.contains("Why") || label.contains("Chart") => 10,
                _ => 1,
            };
            if !self.dice.percent(share) {
                continue;
            }
            self.press(message.id, label, &data);
            if share >= 12 {
                // Impatient.
                self.press(message.id, label, &data);
            }
            if self.dice.percent(20) {
                let at = Instant::now() + self.dice.between_ms(300, 9000);
                self.late.push((at, message.id, label.to_owned(), data));
            }
        }
    }

    fn press(&mut self, message: i64, label: &str, data: &str) {
        let query = self.telegram.as_user(OWNER).press_data(OWNER, message, data).unwrap();
        self.acts.presses.push(Press { query, message, label: label.to_owned() });
    }
}
