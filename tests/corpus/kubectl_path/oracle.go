// Copyright: (c) 2026, roro.kube contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Reads {"data": ..., "templates": [...]} on stdin and prints, for each template, what client-go's JSONPath makes of it:
// {"text": ...}, or {"error": "parse" | "missing" | "other", "message": ...}. Keys that are missing are errors.
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"

	"k8s.io/client-go/util/jsonpath"
)

type answer struct {
	Text    *string `json:"text,omitempty"`
	Error   string  `json:"error,omitempty"`
	Message string  `json:"message,omitempty"`
}

// Whole numbers are int64 and others float64, as in kubectl's unstructured objects.
func numbers(value any) any {
	switch item := value.(type) {
	case map[string]any:
		for key := range item {
			item[key] = numbers(item[key])
		}
	case []any:
		for index := range item {
			item[index] = numbers(item[index])
		}
	case json.Number:
		if whole, err := item.Int64(); err == nil {
			return whole
		}
		fraction, _ := item.Float64()
		return fraction
	}
	return value
}

func evaluate(template string, data any) (result answer) {
	defer func() {
		if problem := recover(); problem != nil {
			result = answer{Error: "panic"}
		}
	}()
	path := jsonpath.New("path")
	if err := path.Parse(template); err != nil {
		return answer{Error: "parse", Message: err.Error()}
	}
	var out bytes.Buffer
	if err := path.Execute(&out, data); err != nil {
		kind := "other"
		for _, words := range []string{"is not found", "out of bounds", "is not array or slice", "is greater than ending"} {
			if strings.Contains(err.Error(), words) {
				kind = "missing"
			}
		}
		return answer{Error: kind, Message: err.Error()}
	}
	text := out.String()
	return answer{Text: &text}
}

func main() {
	var input struct {
		Data      any      `json:"data"`
		Templates []string `json:"templates"`
	}
	decoder := json.NewDecoder(os.Stdin)
	decoder.UseNumber()
	if err := decoder.Decode(&input); err != nil {
		panic(err)
	}
	data := numbers(input.Data)
	answers := []answer{}
	for _, template := range input.Templates {
		answers = append(answers, evaluate(template, data))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answers); err != nil {
		panic(err)
	}
}
