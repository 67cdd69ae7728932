package crash

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
)

// drawing makes a flow definition as NiFi writes it.
type drawing struct {
	processors, connections []map[string]any
}

const groupID = "8e1f3a52-0000-4000-8000-000000000001"

func (d *drawing) processor(id, typ string, end []string, properties map[string]string) {
	d.processors = append(d.processors, map[string]any{
		"identifier": id, "instanceIdentifier": id, "name": id, "componentType": "PROCESSOR", "groupIdentifier": groupID, "type": typ,
		"bundle":     map[string]string{"group": "org.apache.nifi", "artifact": "nifi-standard-nar", "version": "2.9.0"},
		"properties": properties, "propertyDescriptors": map[string]any{}, "schedulingPeriod": "0 sec",
		"schedulingStrategy": "TIMER_DRIVEN", "executionNode": "ALL", "penaltyDuration": "10 ms", "yieldDuration": "10 ms",
		"bulletinLevel": "WARN", "concurrentlySchedulableTaskCount": 2, "autoTerminatedRelationships": end,
		"scheduledState": "ENABLED", "retryCount": 10, "retriedRelationships": []string{},
		"backoffMechanism": "PENALIZE_FLOWFILE", "maxBackoffPeriod": "1 sec",
	})
}

func (d *drawing) connect(from, rel, to string) {
	end := func(id string) map[string]string {
		return map[string]string{"id": id, "type": "PROCESSOR", "groupId": groupID, "name": id, "instanceIdentifier": id}
	}
	id := fmt.Sprintf("c%d", len(d.connections))
	d.connections = append(d.connections, map[string]any{
		"identifier": id, "instanceIdentifier": id, "componentType": "CONNECTION", "groupIdentifier": groupID,
		"source": end(from), "destination": end(to), "selectedRelationships": []string{rel},
		"backPressureObjectThreshold": 200, "backPressureDataSizeThreshold": "1 GB", "flowFileExpiration": "0 sec",
		"prioritizers": []string{}, "loadBalanceStrategy": "DO_NOT_LOAD_BALANCE", "loadBalanceCompression": "DO_NOT_COMPRESS",
	})
}

func (d *drawing) json(t *testing.T) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{
		"flowContents": map[string]any{
			"identifier": groupID, "instanceIdentifier": groupID, "name": "Crash", "componentType": "PROCESS_GROUP",
			"processGroups": []any{}, "remoteProcessGroups": []any{}, "processors": d.processors, "inputPorts": []any{},
			"outputPorts": []any{}, "connections": d.connections, "labels": []any{}, "funnels": []any{},
			"controllerServices": []any{}, "executionEngine": "INHERITED",
		},
		"externalControllerServices": map[string]any{}, "parameterContexts": map[string]any{}, "flowEncodingVersion": "1.0",
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const standard = "org.apache.nifi.processors.standard."

// crashFlow takes files from a folder and requests from a port and writes both to folders. Requests are split and
// merged again on their way. A file that is written again after a crash lands in another folder (now and then in the
// same one), so that what is delivered twice can be counted.
func crashFlow(t *testing.T, in, out string, port int) []byte {
	d := &drawing{}
	d.processor("get", standard+"GetFile", nil, map[string]string{
		"Input Directory": in, "Polling Interval": "10 ms", "Minimum File Age": "0 sec", "Batch Size": "20",
	})
	d.processor("listen", standard+"ListenHTTP", nil, map[string]string{"Listening Port": strconv.Itoa(port), "Base Path": "in"})
	d.processor("update", "org.apache.nifi.processors.attributes.UpdateAttribute", nil, map[string]string{"seen": "${filename}"})
	d.processor("split", standard+"SplitText", []string{"original", "failure"}, map[string]string{
		"Line Split Count": "1", "Remove Trailing Newlines": "false",
	})
	d.processor("merge", standard+"MergeContent", []string{"original", "failure"}, map[string]string{
		"Merge Strategy": "Defragment", "Merge Format": "Binary Concatenation",
	})
	d.processor("put", standard+"PutFile", []string{"success"}, map[string]string{
		"Directory": out + "/${now():toNumber():mod(1000)}", "Conflict Resolution Strategy": "replace", "Create Missing Directories": "true",
	})
	d.connect("get", "success", "update")
	d.connect("update", "success", "put")
	d.connect("listen", "success", "split")
	d.connect("split", "splits", "merge")
	d.connect("merge", "merged", "put")
	d.connect("put", "failure", "put")
	return d.json(t)
}
