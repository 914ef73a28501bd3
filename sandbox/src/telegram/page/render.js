// Turns what the server sends into page elements. Foreign text only ever becomes text nodes.

const BLOCKS = new Set(['pre', 'blockquote', 'expandable_blockquote']);

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'style') for (const [key, v] of Object.entries(value)) node.style.setProperty(key, v);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(name) {
  const paths = {
    send: 'M3.4 20.4 21 12 3.4 3.6 3.4 10.1 15 12 3.4 13.9z',
    back: 'M15 5l-7 7 7 7',
    bell: 'M6 16V11a6 6 0 1 1 12 0v5l1.5 2h-15zM10 20.5h4',
    mute: 'M6 16V11a6 6 0 0 1 9.5-4.9M18 11v5l1.5 2h-12M10 20.5h4M4 4l16 16',
    block: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.8 5.8l12.4 12.4',
    file: 'M7 3h7l4 4v14H7zM14 3v4h4',
    copy: 'M9 9h10v11H9zM5 15V4h10',
    down: 'M6 10l6 6 6-6',
  };
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  if (name === 'send') svg.classList.add('solid');
  const path = document.createElementNS(ns, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium', timeZone: 'UTC' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
export const clockText = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: 'UTC' });
export const timeOf = (ms) => time.format(ms);
export const dayOf = (ms) => day.format(ms);

function safeLink(url) {
  try {
    const parsed = new URL(url);
    return ['http:', 'https:', 'tg:'].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

function link(url, actions) {
  const href = safeLink(url);
  if (!href) return el('span');
  const token = actions.startToken(href);
  if (token !== null) {
    return el('a', { href: '#', title: 'Opens the private chat with the bot', onclick: (event) => { event.preventDefault(); actions.start(token); } });
  }
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow', title: href });
}

// The element of one formatted stretch; returns [outer, inner], the inner one takes the text.
function shape(entity, text, actions, key) {
  const simple = { bold: 'strong', italic: 'em', underline: 'u', strikethrough: 's' }[entity.type];
  if (simple) { const node = el(simple); return [node, node]; }
  const node = (() => {
    switch (entity.type) {
      case 'code': return el('code', { title: 'Copy', onclick: () => actions.copy(text) });
      case 'pre': return el('pre', { 'data-language': entity.language });
      case 'spoiler': return el('span', { class: 'spoiler', tabindex: '0', onclick: (event) => event.currentTarget.classList.add('shown') });
      case 'text_link': return link(entity.url, actions);
      case 'url': return link(text, actions);
      case 'bot_command': return el('a', { href: '#', class: 'command', onclick: (event) => { event.preventDefault(); actions.command(text); } });
      case 'mention': case 'hashtag': case 'cashtag': return el('span', { class: 'mention' });
      case 'blockquote': return el('blockquote');
      case 'expandable_blockquote': {
        const inner = el('div', { class: 'folded-text' });
        const quote = el('blockquote', { class: 'folding', role: 'button', tabindex: '0' }, inner, el('span', { class: 'fold-mark' }, icon('down')));
        const turn = () => {
          if (window.getSelection()?.toString()) return;
          actions.opened.has(key) ? actions.opened.delete(key) : actions.opened.add(key);
          quote.classList.toggle('open');
        };
        quote.classList.toggle('open', actions.opened.has(key));
        quote.addEventListener('click', turn);
        quote.addEventListener('keydown', (event) => { if (event.key === 'Enter') turn(); });
        // What fits into the folded height needs no fold.
        requestAnimationFrame(() => quote.classList.toggle('short', !quote.classList.contains('open') && inner.scrollHeight <= inner.clientHeight + 1));
        return [quote, inner];
      }
      default: return el('span');
    }
  })();
  return Array.isArray(node) ? node : [node, node];
}

// Offsets count UTF-16 units, as JavaScript strings do.
function fill(parent, text, from, to, entities, actions, key) {
  let at = from;
  let afterBlock = false;
  const put = (end) => {
    let part = text.slice(at, end);
    if (afterBlock && part.startsWith('\n')) part = part.slice(1);
    if (part) parent.append(part);
  };
  entities.forEach((entity, index) => {
    if (entity.offset < at || entity.offset >= to) return;
    put(entity.offset);
    const end = Math.min(entity.offset + entity.length, to);
    const inside = entities.slice(index + 1).filter((other) => other.offset < end);
    const [outer, inner] = shape(entity, text.slice(entity.offset, end), actions, `${key}:${entity.offset}`);
    fill(inner, text, entity.offset, end, inside, actions, key);
    parent.append(outer);
    at = end;
    afterBlock = BLOCKS.has(entity.type);
  });
  put(to);
}

export function richText(message, actions) {
  const node = el('div', { class: 'text' });
  fill(node, message.text, 0, message.text.length, message.entities, actions, `${message.chat}:${message.id}`);
  return node;
}

function sizeText(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function mediaOf(message, actions) {
  const media = message.media;
  if (media.kind === 'document') {
    return el('a', { class: 'document', href: media.url, download: media.name },
      el('span', { class: 'document-icon' }, icon('file')),
      el('span', {}, el('b', {}, media.name), el('small', {}, sizeText(media.size))));
  }
  const width = media.width || 320;
  const height = media.height || 240;
  const box = el('div', { class: 'picture', style: { 'aspect-ratio': `${width} / ${height}`, '--natural': `${width}px` } });
  if (media.video) {
    box.append(el('video', { src: media.url, autoplay: true, loop: true, muted: true, playsinline: true }));
    return box;
  }
  box.append(el('img', { src: media.url, width, height, alt: media.kind === 'photo' ? 'Picture' : 'Animation' }));
  if (media.kind === 'animation') box.append(el('span', { class: 'gif' }, 'GIF'));
  box.addEventListener('click', () => actions.lightbox(media.url, message.text.split('\n')[0]));
  return box;
}

function keyboardOf(message, actions) {
  return el('div', { class: 'keyboard' }, ...message.keyboard.map((row) => el('div', { class: 'row' }, ...row.map((button) => {
    const label = el('span', {}, button.text);
    const look = `key ${button.style ?? ''}`;
    if (button.url) {
      const anchor = link(button.url, actions);
      anchor.className = `${look} url`;
      anchor.append(label);
      return anchor;
    }
    const press = (event) => button.copy_text ? actions.copy(button.copy_text.text) : actions.press(message, button, event.currentTarget);
    return el('button', { class: look, type: 'button', onclick: press }, label, button.copy_text ? icon('copy') : null);
  }))));
}

export function bubble(message, actions) {
  const mine = message.from === actions.me();
  if (message.service) {
    return el('li', { class: 'service', 'data-id': message.id }, el('span', {}, 'The group was upgraded to a supergroup'));
  }
  const stamp = el('span', { class: 'stamp', title: `${exact.format(message.at_ms)} UTC` },
    message.edited_ms ? 'edited ' : '', message.silent ? '🔕 ' : '', timeOf(message.at_ms));
  const media = message.media ? mediaOf(message, actions) : null;
  const text = message.text ? richText(message, actions) : null;
  const bare = media && !text && message.media.kind !== 'document';
  if (text) text.append(el('span', { class: 'stamp-space', 'aria-hidden': 'true' }, stamp.textContent));
  const body = el('div', { class: `bubble ${bare ? 'bare' : ''}` },
    actions.showsNames() && !mine ? el('span', { class: 'author', style: { '--hue': actions.hue(message.from) } }, actions.nameOf(message.from)) : null,
    message.reply ? el('span', { class: 'reply' }, el('b', {}, actions.nameOf(message.reply.from)), el('span', {}, message.reply.text)) : null,
    media, text, stamp);
  const item = el('li', { class: `message ${mine ? 'mine' : 'theirs'} ${message.keyboard ? 'keyed' : ''}`, 'data-id': message.id },
    el('div', { class: 'stack' }, body, message.keyboard ? keyboardOf(message, actions) : null));
  return item;
}
