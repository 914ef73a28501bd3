//! The chat page, as a person uses it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use crate::driver::{Browser, LOOK_AGAIN};
use crate::sandbox::workspace;
use crate::{DESKTOP, PHONE};

/// A message as it is shown.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) buttons: Vec<String>,
}

impl Message {
    /// Whether one of its buttons has a label with these words.
    pub(crate) fn has_button(&self, words: &str) -> bool {
        self.buttons.iter().any(|button| button.contains(words))
    }

    /// The edge in cents that a signal's card names; below any other for what is no open signal.
    pub(crate) fn edge(&self) -> f64 {
        let named = || self.text.split("Edge after fees ").nth(1)?.split('¢').next()?.trim().parse().ok();
        if self.has_button("Approve") { named().expect("a card names its edge") } else { f64::NEG_INFINITY }
    }
}

/// The page in a browser, and where its pictures go.
pub(crate) struct ChatPage {
    browser: Browser,
    artefacts: PathBuf,
}

impl ChatPage {
    /// Opens it on a desktop. Pictures of an earlier run are thrown away.
    pub(crate) async fn open(browser: Browser, address: &str) -> Self {
        let artefacts = workspace().join("artefacts");
        drop(std::fs::remove_dir_all(&artefacts));
        std::fs::create_dir_all(&artefacts).expect("a folder for pictures");
        let page = Self { browser, artefacts };
        page.screen(DESKTOP).await;
        page.browser.open(address).await;
        page
    }

    async fn screen(&self, (width, height, pixels): (u32, u32, u32)) {
        self.browser.screen(width, height, pixels).await;
    }

    /// What is in the chat, oldest first.
    pub(crate) async fn messages(&self) -> Vec<Message> {
        let read = "return [...document.querySelectorAll('li.message')].map((message) => ({
            id: message.dataset.id,
            text: message.querySelector('.text')?.innerText ?? '',
            buttons: [...message.querySelectorAll('.key')].map((key) => key.innerText),
        }))";
        serde_json::from_value(self.browser.script(read, json!([])).await).expect("messages")
    }

    /// Waits until a message is as wanted; the newest, when several are.
    pub(crate) async fn wait(&self, what: &str, patience: Duration, wanted: impl Fn(&Message) -> bool) -> Message {
        let begun = Instant::now();
        loop {
            let messages = self.messages().await;
            if let Some(message) = messages.iter().rev().find(|message| wanted(message)) {
                return message.clone();
            }
            if begun.elapsed() > patience {
                self.picture("failed").await;
                panic!("waited {patience:?} for {what}; there is {messages:#?}");
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Writes a line and sends it with the Enter key.
    pub(crate) async fn write(&self, text: &str) {
        self.browser.keys("#text", &format!("{text}\u{e007}")).await;
    }

    /// Presses a button of a message with the mouse.
    pub(crate) async fn press(&self, message: &Message, words: &str) {
        let place = message.buttons.iter().position(|button| button.contains(words)).expect("a button");
        let mark =
            "const key = document.querySelectorAll(`li.message[data-id=\"${arguments[0]}\"] .key`)[arguments[1]];
            document.querySelectorAll('[data-pressed]').forEach((old) => delete old.dataset.pressed);
            key.dataset.pressed = 'now';
            key.scrollIntoView({ block: 'center', behavior: 'instant' });";
        self.browser.script(mark, json!([message.id, place])).await;
        self.browser.click("[data-pressed]").await;
    }

    /// Scrolls a message to the middle.
    pub(crate) async fn bring_up(&self, message: &Message) {
        let scroll = "document.querySelector(`li.message[data-id=\"${arguments[0]}\"]`)
            .scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.browser.script(scroll, json!([message.id])).await;
    }

    /// Pictures of the page on a desktop and on a phone.
    pub(crate) async fn pictures(&self, name: &str) {
        self.picture(&format!("{name}-desktop")).await;
        let top = self.browser.script(MIDDLE, json!([])).await;
        self.screen(PHONE).await;
        self.browser.script(BACK, json!([top])).await;
        self.picture(&format!("{name}-phone")).await;
        self.screen(DESKTOP).await;
        self.browser.script(BACK, json!([top])).await;
    }

    async fn picture(&self, name: &str) {
        self.browser.picture(&self.artefacts.join(format!("{name}.png"))).await;
    }

    /// Keeps a line beside the pictures.
    pub(crate) fn note(&self, line: &str) {
        std::fs::write(self.artefacts.join("times.txt"), line).expect("the folder can be written");
    }

    /// Closes the browser.
    pub(crate) async fn quit(self) {
        self.browser.quit().await;
    }
}

/// The message in the middle of the view.
const MIDDLE: &str = "const view = document.getElementById('scroll').getBoundingClientRect();
    const middle = (view.top + view.bottom) / 2;
    const far = (message) => Math.abs((message.getBoundingClientRect().top + message.getBoundingClientRect().bottom) / 2 - middle);
    return [...document.querySelectorAll('li.message')].sort((a, b) => far(a) - far(b))[0]?.dataset.id ?? null";
/// Back to it after the window changed.
const BACK: &str = "document.querySelector(`li.message[data-id=\"${arguments[0]}\"]`)
    ?.scrollIntoView({ block: 'center', behavior: 'instant' })";
