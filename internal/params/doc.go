// Package params resolves parameter references in property values and keeps sensitive values encrypted at rest.
//
// A value may refer to a parameter by #{name} or #{'name'}; ##{name} is the text #{name}. Of a run of # before { each
// pair stands for one #, and an odd one left over begins a reference. The references of a property that supports the
// Expression Language are put in as text before the expression is read, except those inside ${...}, which the
// expression looks up itself ([Resolver.Lookup]).
//
// A sensitive property is either a literal, which is stored encrypted ("enc{...}"), or exactly one reference to a
// sensitive parameter; any other property may not refer to a sensitive parameter. The encryption is that of NiFi's
// default algorithm NIFI_PBKDF2_AES_GCM_256, so that the sensitive values of a NiFi's flow.json.gz can be read with its
// nifi.sensitive.props.key.
package params
