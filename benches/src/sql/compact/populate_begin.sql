ALTER TABLE streams DISABLE TRIGGER event_notification;
