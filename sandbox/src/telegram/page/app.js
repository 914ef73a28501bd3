// The chat page: keeps the state the server tells, shows one chat of it, sends what the person does.
import { bubble, clockText, dayOf, el, icon, timeOf } from '/render.js';

const $ = (id) => document.getElementById(id);
const GROUP_HUE = 265;
const HUES = { 0: 212, 1001: 150, 1002: 32, 1003: 340 };

const state = {
  number: -1, bot: null, people: new Map(), groups: new Map(), chats: new Map(),
  open: null, actor: null, unread: new Map(), opened: new Set(), commands: [], clock: { now_ms: 0, speed: null, at: 0 },
  typing: new Map(), sound: readSetting('sound') !== 'off',
};

function readSetting(name) { try { return localStorage.getItem(name); } catch { return null; } }
function writeSetting(name, value) { try { localStorage.setItem(name, value); } catch { /* private window */ } }

// ---- server ----

async function ask(path, body) {
  const options = body ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {};
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? 'The sandbox does not answer.');
  return answer;
}

const chatOf = (id) => {
  if (!state.chats.has(id)) state.chats.set(id, new Map());
  return state.chats.get(id);
};

async function reload() {
  const whole = await ask('/ui/state');
  state.number = whole.number;
  state.bot = whole.bot;
  state.people = new Map(whole.people.map((person) => [person.id, person]));
  state.groups = new Map(whole.groups.map((group) => [group.id, group]));
  state.chats = new Map();
  for (const message of whole.messages) chatOf(message.chat).set(message.id, message);
  setClock(whole.clock);
  $('facts').textContent = whole.banner;
  if (state.open === null || !(state.people.has(state.open) || state.groups.has(state.open))) {
    state.open = whole.people[0].id;
  }
  state.actor ??= whole.people[0].id;
  await openChat(state.open, false);
}

function listen() {
  const source = new EventSource('/ui/events');
  let lost = false;
  source.onopen = () => {
    $('link').classList.remove('off');
    $('link').title = 'connected';
    // First opening, or back after a break: what happened meanwhile is only in the whole state.
    reload().catch(() => { lost = true; });
    lost = false;
  };
  source.onerror = () => {
    $('link').classList.add('off');
    $('link').title = 'the sandbox is not running; waiting for it';
    if (!lost) { lost = true; renderStatus(); }
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
  source.onmessage = (event) => {
    const number = Number(event.lastEventId || 0);
    const news = JSON.parse(event.data);
    if (news.kind === 'tick') return setClock(news.clock);
    if (news.kind !== 'resync' && number <= state.number) return undefined;
    return handle(news);
  };
}

function handle(news) {
  switch (news.kind) {
    case 'resync': return void reload();
    case 'banner': $('facts').textContent = news.text; return undefined;
    case 'commands': return void loadCommands();
    case 'blocked': state.people.get(news.user).blocked = news.blocked; return renderStatus();
    case 'typing': return showTyping(news.chat, news.action);
    case 'answer': return showAnswer(news);
    case 'delete': chatOf(news.chat).delete(news.id); renderChats(); return news.chat === state.open ? renderMessages(true) : undefined;
    case 'message': case 'edit': return receive(news.message, news.kind === 'edit');
    default: return undefined;
  }
}

function receive(message, edited) {
  chatOf(message.chat).set(message.id, message);
  state.typing.delete(message.chat);
  const visible = message.chat === state.open && !document.hidden;
  if (!edited && message.from === 0) {
    if (!visible || phoneList()) state.unread.set(message.chat, (state.unread.get(message.chat) ?? 0) + 1);
    if (!message.silent) chime();
  }
  if (message.chat === state.open) place(message, edited);
  renderChats();
  renderStatus();
}

// ---- chats on the left ----

function nameOf(id) {
  if (id === 0) return state.bot?.name ?? 'bot';
  return state.people.get(id)?.name ?? state.groups.get(id)?.title ?? String(id);
}
const hueOf = (id) => HUES[id] ?? (id < 0 ? GROUP_HUE : (id * 47) % 360);

function avatar(id, node = el('span')) {
  node.className = 'avatar';
  node.replaceChildren();
  node.style.setProperty('--hue', hueOf(id));
  if (id === 0) node.append(el('img', { src: '/icon.svg', alt: '' }));
  else node.append(nameOf(id).split(/\s+/).filter((word) => /\p{L}/u.test(word)).slice(0, 2).map((word) => word[0]).join(''));
  return node;
}

const lastOf = (chat) => [...chatOf(chat).values()].at(-1);

function preview(chat) {
  const last = lastOf(chat);
  if (!last) return 'No messages yet';
  const what = last.text || { photo: 'Photo', animation: 'Animation', document: last.media?.name }[last.media?.kind] || '…';
  const who = last.from === 0 ? '' : `${nameOf(last.from)}: `;
  const mark = { photo: '🖼 ', animation: '🎞 ', document: '📎 ' }[last.media?.kind] ?? '';
  return who + mark + what.replace(/\s+/g, ' ').slice(0, 80);
}

function renderChats() {
  const roles = { 1001: 'owner', 1002: 'not invited yet', 1003: 'unknown to the bot' };
  const items = [...state.people.keys(), ...state.groups.keys()].map((id) => {
    const unread = state.unread.get(id) ?? 0;
    const last = lastOf(id);
    return el('li', {}, el('button', { type: 'button', class: id === state.open ? 'selected' : '', 'data-chat': id, onclick: () => openChat(id, true) },
      avatar(id),
      el('span', { class: 'entry' },
        el('span', { class: 'line' }, el('b', {}, nameOf(id)), el('small', { class: 'role' }, id < 0 ? 'group' : roles[id] ?? ''), el('time', {}, last ? timeOf(last.at_ms) : '')),
        el('span', { class: 'line' }, el('span', { class: 'preview' }, preview(id)), unread ? el('span', { class: 'badge' }, String(unread)) : null))));
  });
  $('chats').replaceChildren(...items);
  const total = [...state.unread.values()].reduce((sum, count) => sum + count, 0);
  document.title = `${total ? `(${total}) ` : ''}oddsmith · sandbox`;
}

const phone = window.matchMedia('(max-width: 720px)');
const phoneList = () => phone.matches && !document.body.classList.contains('in-chat');

async function openChat(id, byHand) {
  state.open = id;
  if (id > 0) state.actor = id;
  state.unread.delete(id);
  document.body.classList.add('in-chat');
  renderChats();
  renderStatus();
  renderActors();
  renderMessages(false);
  await loadCommands();
  if (byHand && !phone.matches) $('text').focus();
}

function renderStatus() {
  const id = state.open;
  if (id === null || !state.bot) return;
  const blocked = state.people.get(id)?.blocked;
  avatar(id < 0 ? id : 0, $('head-avatar'));
  $('head-name').textContent = id < 0 ? nameOf(id) : state.bot.name;
  const typing = state.typing.get(id);
  const group = state.groups.get(id);
  $('head-status').textContent = typing ?? (group ? `${group.members.length} members${group.has_bot ? ' and the bot' : ''}` : blocked ? 'blocked' : `bot · you are ${id === 1001 ? 'the owner' : nameOf(id)}`);
  $('head-status').classList.toggle('typing', Boolean(typing));
  $('block').hidden = id < 0;
  $('block').title = blocked ? 'Unblock the bot' : 'Block the bot';
  $('block').classList.toggle('on', Boolean(blocked));
  const fresh = id > 0 && chatOf(id).size === 0;
  $('start').hidden = !(fresh || blocked);
  $('start').textContent = blocked ? 'UNBLOCK' : 'START';
  $('form').hidden = Boolean(fresh || blocked);
}

function renderActors() {
  const group = state.groups.get(state.open);
  $('as').hidden = !group;
  if (!group) return;
  if (!group.members.includes(state.actor)) state.actor = group.members[0];
  $('as').replaceChildren(el('span', {}, 'Writing as'), ...group.members.map((id) => el('button', {
    type: 'button', class: id === state.actor ? 'chosen' : '', 'aria-pressed': String(id === state.actor),
    onclick: () => { state.actor = id; renderActors(); renderMessages(true); loadCommands(); },
  }, avatar(id), nameOf(id))));
}

// ---- messages ----

const actions = {
  opened: state.opened,
  me: () => state.actor,
  nameOf, hue: hueOf,
  showsNames: () => state.open < 0,
  press, copy, lightbox,
  command: (text) => write(text),
  start: (token) => { openChat(state.actor, true).then(() => write(`/start${token ? ` ${token}` : ''}`)); },
  startToken: (href) => {
    const url = new URL(href);
    const mine = url.hostname === 't.me' && url.pathname.slice(1).toLowerCase() === state.bot?.username.toLowerCase();
    return mine ? url.searchParams.get('start') ?? '' : null;
  },
};

const nearEnd = () => $('scroll').scrollHeight - $('scroll').scrollTop - $('scroll').clientHeight < 160;

// Whether the view goes along with new messages: until the person scrolls up. Asking nearEnd() alone would stop it when a
// second message comes while the view still glides down to the first.
const follow = { on: true, top: 0 };
function toEnd(smooth) {
  follow.on = true;
  $('scroll').scrollTo({ top: $('scroll').scrollHeight, behavior: smooth ? 'smooth' : 'instant' });
}

function renderMessages(keepPlace) {
  const stay = keepPlace && !follow.on;
  const top = $('scroll').scrollTop;
  const nodes = [];
  let lastDay = '';
  for (const message of chatOf(state.open).values()) {
    const today = dayOf(message.at_ms);
    if (today !== lastDay) nodes.push(el('li', { class: 'day' }, el('span', {}, today)));
    lastDay = today;
    nodes.push(bubble(message, actions));
  }
  if (!nodes.length) {
    nodes.push(el('li', { class: 'empty' }, avatar(0), el('b', {}, 'oddsmith'),
      el('span', {}, state.open < 0 ? 'The bot is in this group. It sees commands only.' : 'Looks for bets on prediction markets, shows you why, and places them on paper.'),
      el('small', {}, 'Everything here is simulated, on this machine.')));
  }
  $('messages').replaceChildren(...nodes);
  if (stay) $('scroll').scrollTop = top; else toEnd(false);
  hideDown();
}

function place(message, edited) {
  const old = $('messages').querySelector(`li.message[data-id="${message.id}"]`);
  const node = bubble(message, actions);
  if (old) {
    if (edited) node.classList.add('changed');
    old.replaceWith(node);
  } else {
    const before = [...chatOf(state.open).values()].at(-2);
    if (!before) $('messages').replaceChildren();
    if (!before || dayOf(before.at_ms) !== dayOf(message.at_ms)) {
      $('messages').append(el('li', { class: 'day' }, el('span', {}, dayOf(message.at_ms))));
    }
    node.classList.add('new');
    $('messages').append(node);
  }
  if (follow.on || message.from === state.actor) toEnd(!document.hidden);
  else if (!old) { $('down').hidden = false; $('down-count').textContent = String(Number($('down-count').textContent || 0) + 1); }
}

function hideDown() { $('down').hidden = true; $('down-count').textContent = ''; }

async function press(message, button, key) {
  if (!button.callback_data) return;
  key.classList.add('waiting');
  const stop = () => key.classList.remove('waiting');
  const limit = setTimeout(stop, 12000);
  try {
    const { query } = await ask('/ui/press', { user: state.actor, chat: message.chat, message: message.id, data: button.callback_data });
    waiting.set(query, () => { clearTimeout(limit); stop(); });
    if (answered.has(query)) waiting.get(query)();
  } catch (error) {
    stop();
    toast(error.message);
  }
}

const waiting = new Map();
const answered = new Set();

function showAnswer(answer) {
  answered.add(answer.query);
  waiting.get(answer.query)?.();
  if (!answer.text || answer.chat !== state.open) return;
  const text = answer.user === state.actor ? answer.text : `${nameOf(answer.user)} sees: ${answer.text}`;
  if (!answer.alert) return toast(text);
  $('alert-text').textContent = text;
  if (!$('alert').open) $('alert').showModal();
}

let toastTimer;
function toast(text) {
  $('toast').textContent = text;
  $('toast').hidden = false;
  $('toast').classList.remove('shown');
  void $('toast').offsetWidth;
  $('toast').classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $('toast').hidden = true; }, 3500);
}

function showTyping(chat, action) {
  const words = { typing: 'typing…', upload_photo: 'sending a photo…', upload_document: 'sending a file…' };
  const text = words[action] ?? 'working…';
  state.typing.set(chat, text);
  setTimeout(() => { if (state.typing.get(chat) === text) { state.typing.delete(chat); renderStatus(); } }, 5000);
  renderStatus();
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); toast('Copied.'); } catch { toast('Copying is not allowed here.'); }
}

function lightbox(url, caption) {
  $('lightbox-image').src = url;
  $('lightbox-caption').textContent = caption;
  $('lightbox').showModal();
}

// ---- writing ----

async function write(text) {
  if (!text.trim()) return false;
  try {
    await ask('/ui/send', { user: state.actor, chat: state.open, text });
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

async function loadCommands() {
  const chat = state.open;
  const list = await ask(`/ui/commands?user=${state.actor}&chat=${chat}`).catch(() => []);
  if (chat === state.open) { state.commands = list; suggest(false); }
}

let marked = 0;
function suggest(all) {
  const text = $('text').value;
  const part = /^\/([a-z0-9_]*)$/i.exec(text);
  const fits = all ? state.commands : part ? state.commands.filter((command) => command.command.startsWith(part[1].toLowerCase())) : [];
  marked = Math.min(marked, Math.max(fits.length - 1, 0));
  $('suggest').hidden = !fits.length;
  $('suggest').replaceChildren(...fits.map((command, index) => el('li', { role: 'option', 'aria-selected': String(index === marked) },
    el('button', { type: 'button', tabindex: '-1', onclick: () => choose(command.command) }, el('b', {}, `/${command.command}`), el('span', {}, command.description)))));
  $('suggest').children[marked]?.scrollIntoView({ block: 'nearest' });
}

async function choose(command) {
  $('suggest').hidden = true;
  $('text').value = '';
  grow();
  await write(state.open < 0 ? `/${command}@${state.bot.username}` : `/${command}`);
}

function grow() {
  const box = $('text');
  box.style.height = 'auto';
  box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
}

async function submit() {
  const text = $('text').value;
  $('text').value = '';
  grow();
  suggest(false);
  if (!(await write(text)) && text.trim()) { $('text').value = text; grow(); }
}

$('form').addEventListener('submit', (event) => { event.preventDefault(); submit(); });
$('text').addEventListener('input', () => { grow(); marked = 0; suggest(false); });
$('text').addEventListener('keydown', (event) => {
  const open = !$('suggest').hidden;
  const count = $('suggest').children.length;
  if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    event.preventDefault();
    marked = (marked + (event.key === 'ArrowDown' ? 1 : count - 1)) % count;
    suggest(false);
  } else if (open && event.key === 'Tab') {
    event.preventDefault();
    $('text').value = `${$('suggest').children[marked].querySelector('b').textContent} `;
    suggest(false);
  } else if (event.key === 'Escape') {
    $('suggest').hidden = true;
  } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    const exactly = state.commands.some((command) => `/${command.command}` === $('text').value);
    if (open && !exactly) $('suggest').children[marked].querySelector('button').click();
    else submit();
  }
});
$('menu').addEventListener('click', () => { if ($('suggest').hidden) suggest(true); else $('suggest').hidden = true; });
$('start').addEventListener('click', () => {
  const person = state.people.get(state.open);
  if (person?.blocked) ask('/ui/block', { user: person.id, blocked: false }).catch((error) => toast(error.message));
  else write('/start');
});
$('block').addEventListener('click', () => {
  const person = state.people.get(state.open);
  if (person) ask('/ui/block', { user: person.id, blocked: !person.blocked }).catch((error) => toast(error.message));
});
$('back').addEventListener('click', () => document.body.classList.remove('in-chat'));
$('down').addEventListener('click', () => { toEnd(true); hideDown(); });
$('scroll').addEventListener('scroll', () => {
  const top = $('scroll').scrollTop;
  if (nearEnd()) { follow.on = true; hideDown(); } else if (top < follow.top) follow.on = false;
  follow.top = top;
}, { passive: true });
// Pictures that load late and a window that changes must not push the newest message out of sight.
new ResizeObserver(() => { if (follow.on) toEnd(false); }).observe($('scroll'));
new ResizeObserver(() => { if (follow.on && !document.hidden && nearEnd()) toEnd(false); }).observe($('messages'));
for (const id of ['lightbox', 'alert']) $(id).addEventListener('click', (event) => { if (id === 'lightbox' || event.target === $(id)) $(id).close(); });
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !phoneList()) { state.unread.delete(state.open); renderChats(); }
});

// ---- sound and time ----

let audio;
function chime() {
  if (!state.sound || !audio || audio.state !== 'running') return;
  const at = audio.currentTime;
  for (const [step, pitch] of [660, 880].entries()) {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0, at + step * 0.09);
    gain.gain.linearRampToValueAtTime(0.06, at + step * 0.09 + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0005, at + step * 0.09 + 0.3);
    tone.connect(gain).connect(audio.destination);
    tone.start(at + step * 0.09);
    tone.stop(at + step * 0.09 + 0.32);
  }
}
// Browsers allow sound only after the person has touched the page.
window.addEventListener('pointerdown', () => { audio ??= new AudioContext(); audio.resume(); }, { once: true });

function renderSound() {
  $('sound').replaceChildren(icon(state.sound ? 'bell' : 'mute'));
  $('sound').title = state.sound ? 'Sound on' : 'Sound off';
  $('sound').setAttribute('aria-pressed', String(state.sound));
}
$('sound').addEventListener('click', () => {
  state.sound = !state.sound;
  writeSetting('sound', state.sound ? 'on' : 'off');
  renderSound();
});

function setClock(clock) { state.clock = { ...clock, at: performance.now() }; renderClock(); }
function renderClock() {
  const { now_ms: now, speed, at } = state.clock;
  if (!now) return;
  $('clock').textContent = `${clockText.format(now + (performance.now() - at) * (speed ?? 0))} UTC`;
  $('speed').textContent = speed === null ? 'moved by hand' : speed === 1 ? '' : `×${Math.round(speed)}`;
}
setInterval(renderClock, 500);

$('back').append(icon('back'));
$('block').append(icon('block'));
$('down').append(icon('down'));
document.querySelector('.send').append(icon('send'));
renderSound();
listen();
