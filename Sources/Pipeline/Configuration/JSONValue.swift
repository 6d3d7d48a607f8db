import FoundationEssentials

/// Any JSON value, so that what is wrong in a document can be named by its path.
package enum JSONValue: Decodable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// - Throws: ``PipelineError`` `configurationInvalid` where the text is not JSON or names a key twice.
    package init(parsing text: [UInt8]) throws(PipelineError) {
        do {
            self = try JSONDecoder().decode(JSONValue.self, from: Data(text))
        } catch {
            let place = JSONGrammar.firstViolation(in: text).map { " (\($0))" } ?? ""
            throw PipelineError(.configurationInvalid, "the text is not JSON: \(Self.explanation(of: error))\(place)")
        }
        if let path = JSONKeys.firstDuplicate(in: text) {
            throw PipelineError(.configurationInvalid, "\(path) is there twice")
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Such as `a string`.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// In words for whoever wrote the text.
    static func explanation(of error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            "\(place(context.codingPath + [key])) is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(place(context.codingPath)) is of another kind than it has to be"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "\(place(context.codingPath)) has a value that is not known here"
        default:
            "it does not follow the grammar of JSON"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        let text = path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
        return text.isEmpty ? "the document" : text.hasPrefix(".") ? String(text.dropFirst()) : text
    }
}
