import Foundation
import TestSupport
import Testing

@testable import Pipeline
@testable import Reports

/// A report as html5lib understands it, which follows the parsing rules of the HTML standard as browsers do.
struct Page {
    let text: String
    /// What the script below gathers.
    private let facts: [String: Any]

    init(_ manifests: [Manifest], moment: String = Fixture.moment) throws {
        let runs = manifests.enumerated().map { HTMLReport.Run(manifest: $1, path: "/out/\($0)/manifest.json") }
        try self.init(text: HTMLReport(runs, version: "0.1.0", moment: moment).text())
    }

    init(text: String) throws {
        self.text = text
        facts = try #require(try python(Self.script, text) as? [String: Any])
    }

    func strings(_ name: String) -> [String] { facts[name] as? [String] ?? [] }
    func string(_ name: String) -> String? { facts[name] as? String }

    /// The texts of the cells of a section's table, header first.
    func table(_ section: String) -> [[String]] { (facts["tables"] as? [String: [[String]]])?[section] ?? [] }

    private static let script = """
        import base64, hashlib, html5lib
        parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder('etree'), namespaceHTMLElements=False)
        root = parser.parse(sys.stdin.buffer.read().decode(), )
        every = list(root.iter())
        text = lambda e: ''.join(e.itertext())
        named = lambda name: [e for e in every if e.tag == name]
        digest = lambda e: base64.b64encode(hashlib.sha256(text(e).encode()).digest()).decode()
        # What a row shows without being opened.
        def cell(e):
            for details in list(e.iter('details')): details.clear()
            return text(e)
        facts = {
            'errors': [str(e) for e in parser.errors],
            'elements': sorted({str(e.tag) for e in every}),
            'attributes': sorted({name for e in every for name in e.attrib}),
            'addresses': [v for e in every for n, v in e.attrib.items() if n.split('}')[-1] in
                ('src', 'href', 'srcset', 'action', 'formaction', 'data', 'poster', 'style')],
            'scripts': [digest(e) for e in named('script')], 'styles': [digest(e) for e in named('style')],
            'policy': ''.join(e.attrib['content'] for e in named('meta')
                if e.attrib.get('http-equiv') == 'Content-Security-Policy'),
            'title': text(named('title')[0]), 'headings': [text(e) for e in named('h1') + named('h2') + named('h3')],
            'ids': [e.attrib['id'] for e in every if 'id' in e.attrib],
            'references': [e.attrib['aria-labelledby'] for e in every if 'aria-labelledby' in e.attrib],
            'headersWithoutScope': [text(e) for e in named('th') if 'scope' not in e.attrib],
            'tablesWithoutCaption': [str(i) for i, e in enumerate(named('table')) if e.find('caption') is None],
            'fieldsWithoutLabel': [e.attrib.get('id', '') for e in named('input') + named('select')
                if e not in [d for l in named('label') for d in l.iter()]],
            'language': root.attrib.get('lang', ''), 'lead': [text(e) for e in every if e.attrib.get('class', '').startswith('lead')],
            'hints': [text(e) for e in every if e.attrib.get('class') == 'hint'],
            'bars': [text(e) for e in every if e.tag.endswith('}title') or (e.tag == 'title' and e is not named('title')[0])],
            'details': [text(e) for e in named('details')],
        }
        facts['tables'] = {s.attrib['id']: [[cell(c) for c in r.iter() if c.tag in ('td', 'th')] for r in s.iter('tr')]
            for s in named('section')}
        json.dump(facts, sys.stdout)
        """
}
