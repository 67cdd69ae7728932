package http

import (
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/javaregex"
	"github.com/braidflow/braid/services/oauth2"
	"github.com/braidflow/braid/services/proxy"
	"github.com/braidflow/braid/services/ssl"
)

func (p *invokeHTTP) Describe(s *sdk.Spec) {
	s.About("Sends a request to an HTTP server. The content of the FlowFile is the body if the method is POST, PUT or PATCH.",
		"http", "https", "rest", "client")
	s.Details("Without an incoming connection, requests without a body are sent by the schedule.\n\nEach property that you add is a " +
		"header of the request; one named `post:form:NAME` is a field of a form.")
	s.Batching(0)
	p.describeConnection(s)
	p.describeAuthorization(s)
	p.describeRequest(s)
	p.describeResponse(s)
	s.Dynamics(&p.dynamic, sdk.DynamicSpec{
		Doc:      "Sends a header of that name, or a field of a form if the name begins with post:form:",
		NameDoc:  "Header Name",
		ValueDoc: "The value",
		EL:       sdk.FlowFileEL,
		Secret:   true,
	})
	s.WritesAttr(attrStatus, "The status code of the response")
	s.WritesAttr(attrMessage, "The status message of the response")
	s.WritesAttr(attrBody, "The body of a response that is no success")
	s.WritesAttr(attrURL, "The URL as it was asked for")
	s.WritesAttr(attrDuration, "How long the request took, in milliseconds")
	s.WritesAttr(attrFinalURL, "The URL that has answered, after redirects")
	s.WritesAttr(attrTxID, "A unique id of the request")
	s.WritesAttr(attrRemoteDN, "The name in the certificate of the server")
	s.WritesAttr(attrErrorClass, "The kind of an error, named as in Java")
	s.WritesAttr(attrErrorText, "The text of an error")
	s.WritesAttr("user-defined", "The attribute that Response Body Attribute Name names")
	s.Rel(&p.original, "Original", "FlowFiles whose requests were answered with a status of 200 to 299.")
	s.Rel(&p.response, "Response", "The responses with such a status; all responses if Response Generation Required is true.")
	s.Rel(&p.retry, "Retry", "FlowFiles whose requests were answered with a status of 500 to 599.")
	s.Rel(&p.noRetry, "No Retry", "FlowFiles whose requests were answered with any other status.")
	s.Rel(&p.fail, "Failure", "FlowFiles whose requests could not be sent or were not answered.")
}

func (p *invokeHTTP) describeConnection(s *sdk.Spec) {
	s.Text(&p.method, "HTTP Method", "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS or any other.",
		sdk.Required, sdk.Default("GET"), sdk.PerFlowFile)
	s.Text(&p.url, "HTTP URL", "Where to send the request, with http:// or https://. Special characters must be escaped already.",
		sdk.Required, sdk.PerFlowFile)
	titled(s, &p.http2Disabled, "HTTP/2 Disabled", "Whether HTTP/2, which needs TLS, is not used.", "False")
	sdk.Service(s, &p.ssl, ssl.Type, "SSL Context Service", "The certificates that are trusted, and that of this client.")
	s.Duration(&p.connect, "Connection Timeout", "How long to wait for a connection.", sdk.Required, sdk.Default("5 secs"))
	s.Duration(&p.read, "Socket Read Timeout", "How long to wait for data of a response.", sdk.Required, sdk.Default("15 secs"))
	s.Duration(&p.write, "Socket Write Timeout", "How long to wait for the server to take data of the request.",
		sdk.Required, sdk.Default("15 secs"))
	s.Duration(&p.idle, "Socket Idle Timeout", "How long an idle connection is kept.", sdk.Required, sdk.Default("5 mins"))
	s.Int(&p.idleConnections, "Socket Idle Connections", "How many idle connections are kept.", sdk.Required, sdk.Default("5"))
	sdk.Service(s, &p.proxy, proxy.Type, "Proxy Configuration Service", "The proxy to use.")
}

func (p *invokeHTTP) describeAuthorization(s *sdk.Spec) {
	sdk.Service(s, &p.tokens, oauth2.Type, "Request OAuth2 Access Token Provider", "Gives the token of the header Authorization.")
	sdk.Choice(s, &p.refresh, "OAuth2 Access Token Refresh Strategy", "When a new token is got.",
		[]refreshStrategy{refreshExpired, refreshUnauthorized}, sdk.Default(string(refreshExpired)),
		sdk.When("Request OAuth2 Access Token Provider"))
	s.String(&p.user, "Request Username", "The user name for HTTP authentication.")
	s.String(&p.password, "Request Password", "The password for HTTP authentication.", sdk.Secret)
	s.Bool(&p.digest, "Request Digest Authentication Enabled", "Whether Digest authentication is used instead of Basic.",
		sdk.Required, sdk.Default("false"), sdk.When("Request Username"))
}

func (p *invokeHTTP) describeRequest(s *sdk.Spec) {
	bodied := sdk.When("HTTP Method", "POST", "PUT", "PATCH")
	s.Bool(&p.penalize, "Request Failure Penalization Enabled", "Whether FlowFiles that go to No Retry are penalized.", sdk.Default("false"))
	s.Bool(&p.body, "Request Body Enabled", "Whether the content is sent.", sdk.Default("true"), bodied)
	s.Text(&p.formName, "Request Multipart Form-Data Name", "If set, the content is sent as the field of this name of a form.",
		sdk.PerFlowFile, sdk.When("Request Body Enabled", "true"))
	s.Bool(&p.formFilename, "Request Multipart Form-Data Filename Enabled", "Whether that field has the attribute filename as the name of the file.",
		sdk.Default("true"), sdk.When("Request Multipart Form-Data Name"))
	s.Bool(&p.chunked, "Request Chunked Transfer-Encoding Enabled", "Whether the body is sent in chunks, without its length.",
		sdk.Required, sdk.Default("false"), bodied)
	sdk.Choice(s, &p.encoding, "Request Content-Encoding", "Whether the body is compressed. The server must know how to read it.",
		[]contentEncoding{encodingNone, encodingGzip}, sdk.Required, sdk.Default(string(encodingNone)), bodied)
	s.Text(&p.contentType, "Request Content-Type", "The type of the body; application/octet-stream if empty.",
		sdk.Required, sdk.Default("${mime.type}"), sdk.PerFlowFile, bodied)
	titled(s, &p.date, "Request Date Header Enabled", "Whether the header Date is sent.", "True")
	sdk.Parsed(s, &p.headers, parseRegex, "Request Header Attributes Pattern",
		"Attributes whose whole name matches this regular expression are sent as headers.")
	s.Text(&p.userAgent, "Request User-Agent", "The header User-Agent.", sdk.PerFlowFile)
}

func (p *invokeHTTP) describeResponse(s *sdk.Spec) {
	s.Text(&p.bodyAttr, "Response Body Attribute Name", "If set, the response becomes this attribute of the FlowFile in Original, and "+
		"there is none in Response.", sdk.PerFlowFile)
	s.Int(&p.bodyAttrSize, "Response Body Attribute Size", "How many bytes of the response the attribute holds at most.",
		sdk.Required, sdk.Default("256"), sdk.When("Response Body Attribute Name"))
	s.Bool(&p.ignoreBody, "Response Body Ignored", "Whether the bodies of responses are not read.", sdk.Required, sdk.Default("false"))
	s.Bool(&p.cache, "Response Cache Enabled", "Whether responses with an ETag or a Last-Modified date are kept in memory, so that they "+
		"are not sent again if the server says that they are still good.", sdk.Required, sdk.Default("false"))
	s.Size(&p.cacheSize, "Response Cache Size", "How much is kept.", sdk.Required, sdk.Default("10MB"),
		sdk.When("Response Cache Enabled", "true"))
	sdk.Choice(s, &p.cookies, "Response Cookie Strategy", "Whether cookies are kept and sent again.",
		[]cookieStrategy{cookiesOff, cookiesOn}, sdk.Required, sdk.Default(string(cookiesOff)))
	s.Bool(&p.always, "Response Generation Required", "Whether a FlowFile goes to Response whatever the status.", sdk.Default("false"))
	sdk.Choice(s, &p.naming, "Response FlowFile Naming Strategy", "The filename of the FlowFile in Response.", nil,
		sdk.Required, sdk.Default(string(nameRandom)), sdk.OneOf(
			sdk.Allowed{
				Value: string(nameRandom), Display: string(nameRandom),
				Doc: "That of the request, or a unique one if there is none.",
			},
			sdk.Allowed{Value: string(nameURLPath), Display: string(nameURLPath), Doc: "The last part of the URL's path, for GET."}))
	s.Bool(&p.headersToRequest, "Response Header Request Attributes Enabled",
		"Whether the headers of the response become attributes of the FlowFile in Original, Retry or No Retry too.", sdk.Default("false"))
	s.Text(&p.headerPrefix, "Response Header Request Attributes Prefix", "What the names of those attributes begin with.",
		sdk.PerFlowFile, sdk.When("Response Header Request Attributes Enabled", "true"))
	titled(s, &p.redirects, "Response Redirects Enabled", "Whether redirects are followed.", "True")
}

// titled declares a choice of True and False, as some of NiFi's older properties write it.
func titled(s *sdk.Spec, dst *bool, name, doc, value string) {
	parse := func(v string) (bool, error) { return v == "True" || v == "true", nil }
	sdk.Parsed(s, dst, parse, name, doc, sdk.Required, sdk.Default(value),
		sdk.OneOf(sdk.Allowed{Value: "True"}, sdk.Allowed{Value: "False"}))
}

func parseRegex(expr string) (*javaregex.Regexp, error) { return javaregex.Compile(expr, 0) }
