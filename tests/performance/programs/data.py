# SPDX-License-Identifier: LGPL-2.1-or-later

"""Makes the input of the models of programs. Seeds are fixed: it is the same on every machine."""

import hashlib
import pathlib
import sys
from xml.sax.saxutils import escape

import keys

N_NAMES, N_HOT, N_USES = 1_000_000, 10_000, 2_000_000
N_MESSAGES, N_NEW_UIDS = 1_000_000, 1_000_000
N_SONGS = 200_000
N_COMPONENTS = 6_000
FIRST_UID, FIRST_NEW_UID = 100_001, 5_000_001

LOCALES = ('ar bg ca cs da de el en_GB eo es et eu fi fr gl he hr hu id it ja ko lt lv nb nl pl pt pt_BR ro ru sk sl '
           'sr sv tr uk vi zh_CN zh_TW').split()
CATEGORIES = ('AudioVideo Development Education Game Graphics Network Office Science Settings System Utility GTK Qt '
              'GNOME KDE Viewer Player Editor Chat Calculator').split()
LICENCES = ('GPL-2.0-or-later', 'GPL-3.0-or-later', 'LGPL-2.1-or-later', 'MIT', 'Apache-2.0', 'MPL-2.0')
MEDIA_TYPES = ('text/plain', 'text/html', 'image/png', 'image/jpeg', 'image/svg+xml', 'audio/mpeg', 'audio/flac',
               'video/mp4', 'application/pdf', 'application/zip')
GENRES = ('Rock', 'Pop', 'Jazz', 'Classical', 'Electronic', 'Folk', 'Hip-Hop', 'Blues', 'Metal', 'Soundtrack', 'Soul',
          'Reggae', 'Country', 'Chanson', 'Ambient', 'Punk', 'World', 'Opera', 'Funk', 'House')
# What a library has beside ASCII.
ACCENTS = str.maketrans({'a': 'á', 'e': 'é', 'o': 'ö', 'u': 'ü'})


class Source:
    """Words of one vocabulary, chosen with a seed of their own"""

    def __init__(self, seed, n_words=3000):
        self.rng = keys.rng(seed)
        self.words = keys.words(self.rng, n_words)

    def zipf(self, items, count):
        return keys.zipf(self.rng, items, count)

    def phrases(self, count, least, most):
        """Phrases of common and rare words; a few come twice"""
        common = self.zipf(self.words, count * most)
        lengths = self.rng.choices(range(least, most + 1), k=count)
        return [' '.join(common[i * most:i * most + length]) for i, length in enumerate(lengths)]

    def number(self, most):
        return self.rng.randrange(most)

    def chance(self, percent):
        return self.rng.random() * 100 < percent


def encoded(texts):
    return [text.encode() for text in texts]


# Names on the bus of NetworkManager

def name_makers(source):
    def uuid(_):
        digits = f'{source.rng.getrandbits(128):032x}'
        return '-'.join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def path(kind):
        return lambda number: f'/org/freedesktop/NetworkManager/{kind}/{number}'

    return ((35, path('AccessPoint')), (15, path('ActiveConnection')), (10, path('Settings')), (10, path('IP4Config')),
            (10, path('IP6Config')), (12, uuid), (5, lambda number: f':1.{number}'),
            (3, lambda number: f'veth{number:07x}'))


def make_names(size, source):
    weights, makers = zip(*name_makers(source))
    counts = [0] * len(makers)
    names = []
    for kind in source.rng.choices(range(len(makers)), weights, k=size(N_NAMES)):
        counts[kind] += 1
        names.append(makers[kind](counts[kind]))
    return names


def make_connections(size):
    source = Source('connections')
    names = make_names(size, source)
    hot = source.rng.sample(names, size(N_HOT))
    return {'names': encoded(names), 'uses': encoded(source.zipf(hot, size(N_USES)))}


# The summary of folders in Camel

def make_subjects(source, count):
    """A thread is a subject and its replies"""
    threads = source.phrases(count // 3 + 1, 3, 9)
    chosen = [threads[source.number(len(threads))] for _ in range(count)]
    return [f'Re: {text}' if source.chance(70) else text for text in chosen]


def make_addresses(source, count):
    return [f'{first.title()} {last.title()} <{first}.{last}@{host}.org>'
            for first, last, host in zip(*[iter(source.rng.choices(source.words, k=3 * count))] * 3)]


def make_mail(size):
    source = Source('mail')
    count = size(N_MESSAGES)
    people = make_addresses(source, count // 50 + 2)
    lists = [f'{name}-list.{host}.org' for name, host in zip(source.words[:60], source.words[60:120])]
    senders, receivers, copies = (source.zipf(people, count) for _ in range(3))
    fields, uids = [], []
    for i, (subject, sender, receiver, copy) in enumerate(zip(make_subjects(source, count), senders, receivers,
                                                              copies)):
        name = lists[source.number(len(lists))] if source.chance(60) else ''
        to = f'{name.replace(".", "@", 1)}' if name else receiver
        uids.append(str(FIRST_UID + i))
        fields += [uids[-1], subject, sender, to, copy if source.chance(35) else '', name,
                   f'$Label{source.number(5) + 1}' if source.chance(10) else '']
    new = [str(FIRST_NEW_UID + i) for i in range(size(N_NEW_UIDS))]
    return {'messages': encoded(fields), 'uids': encoded(uids), 'new-uids': encoded(new)}


# A library of Rhythmbox

def titled(source, text):
    return (text.translate(ACCENTS) if source.chance(15) else text).title()


def make_songs(size):
    source = Source('songs')
    count = size(N_SONGS)
    artists = [titled(source, text) for text in source.phrases(count // 20 + 2, 1, 3)]
    albums = [titled(source, text) for text in source.phrases(count // 10 + 2, 1, 4)]
    fields = []
    for i, title in enumerate(source.phrases(count, 1, 5)):
        album = i // 10 % len(albums)
        artist = artists[album * 7919 % len(artists)]
        title = titled(source, title)
        composer = artists[source.number(len(artists))] if source.chance(30) else ''
        fields += [title, artist, albums[album], artist, composer, GENRES[album * 31 % len(GENRES)],
                   f'file:///srv/music/{artist}/{albums[album]}/{i % 10 + 1:02} {title}.ogg'.replace(' ', '%20'),
                   'application/ogg' if source.chance(80) else 'audio/mpeg']
    searches = [source.words[5], f'{source.words[30]} {source.words[2]}', GENRES[4].lower(), artists[0],
                'nothing has this text']
    return {'songs': encoded(fields), 'searches': encoded(searches)}


# A catalog of AppStream

def element(name, text, attributes=''):
    return f'<{name}{attributes}>{escape(text)}</{name}>\n'


def translations(source, name, texts):
    """A text, and what some languages have instead of it"""
    lines = [element(name, texts[0])]
    for locale, text in zip(LOCALES, texts[1:]):
        if source.chance(60):
            lines.append(element(name, text, f' xml:lang="{locale}"'))
    return lines


def make_component(source, number, phrases):
    first, second = source.words[number % len(source.words)], source.words[source.number(len(source.words))]
    name = f'{first}{second}{number}'
    n_texts = len(LOCALES) + 1

    def some(items, most):
        return source.rng.sample(items, source.number(most) + 1)

    lines = ['<component type="desktop-application">\n', element('id', f'org.{first}.{name}.desktop'),
             element('pkgname', f'{name}-{source.number(3)}'), element('metadata_license', 'CC0-1.0'),
             element('project_license', source.zipf(LICENCES, 1)[0]),
             element('developer_name', f'The {first.title()} Project')]
    lines += translations(source, 'name', [f'{first.title()} {second}'] * n_texts)
    lines += translations(source, 'summary', phrases[:n_texts])
    lines += ['<description>\n', *translations(source, 'p', phrases[n_texts:]), '</description>\n', '<categories>\n']
    lines += [element('category', text) for text in some(CATEGORIES, 4)]
    lines += ['</categories>\n', element('icon', f'{name}_{name}.png', ' type="cached" width="64" height="64"'),
              element('icon', name, ' type="stock"'), '<provides>\n', element('binary', name)]
    lines += [element('mediatype', text) for text in some(MEDIA_TYPES, 5)]
    lines += ['</provides>\n', '</component>\n']
    return ''.join(lines)


def make_catalog(size):
    source = Source('catalog')
    n_texts = len(LOCALES) + 1
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<components version="0.14" origin="debian">\n']
    for number in range(size(N_COMPONENTS)):
        phrases = source.phrases(n_texts, 4, 8) + source.phrases(n_texts, 8, 20)
        parts.append(make_component(source, number, phrases))
    return ''.join([*parts, '</components>\n']).encode()


# Files

STREAMS = {'connections': make_connections, 'mail': make_mail, 'songs': make_songs}
DOCUMENTS = {'catalog': make_catalog}
# The model of the table of strings reads the catalog, too.
INPUT_OF = {'table': 'catalog'}


def write_document(path, data):
    unfinished = path.with_suffix('.part')
    unfinished.write_bytes(data)
    unfinished.rename(path)


def make(folder, scale, program):
    """Makes the input of a program unless it is there; returns its folder"""
    def size(count):
        return keys.scaled(count, scale)

    name = INPUT_OF.get(program, program)
    path = pathlib.Path(folder) / f'{name}-{scale}'
    if not (path / 'complete').exists():
        print(f'Making the input of {name}', file=sys.stderr)
        path.mkdir(parents=True, exist_ok=True)
        if name in DOCUMENTS:
            write_document(path / f'{name}.xml', DOCUMENTS[name](size))
        else:
            for stream, strings in STREAMS[name](size).items():
                keys.write(path / f'{stream}.keys', strings)
        (path / 'complete').touch()
    return path


def report(path):
    """{file: the number of its bytes and a checksum}"""
    return {file.name: {'bytes': file.stat().st_size, 'sha256': hashlib.sha256(file.read_bytes()).hexdigest()[:16]}
            for file in sorted(path.glob('*.*'))}
